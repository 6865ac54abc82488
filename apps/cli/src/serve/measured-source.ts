import type { HistogramSource } from '@tdp-sync/core';

/** What is asked of TDP. */
export type RequestKind = 'survey' | 'page' | 'histogram' | 'retrieve' | 'presence';

/** Told when something is asked of TDP; what it gives is called when the answer is there. */
export type OnRequest = (kind: RequestKind) => (succeeded: boolean) => void;

/** A source that tells how much is under way, and how long it takes. */
export function measuredSource(source: HistogramSource, onRequest: OnRequest): HistogramSource {
  const measured = async <T>(kind: RequestKind, ask: () => Promise<T>): Promise<T> => {
    const end = onRequest(kind);
    try {
      const answer = await ask();
      end(true);
      return answer;
    } catch (error) {
      end(false);
      throw error;
    }
  };
  return {
    survey: (...asked) => measured('survey', () => source.survey(...asked)),
    page: (...asked) => measured('page', () => source.page(...asked)),
    histogram: (...asked) => measured('histogram', () => source.histogram(...asked)),
    retrieve: (...asked) => measured('retrieve', () => source.retrieve(...asked)),
    presence: (...asked) => measured('presence', () => source.presence(...asked)),
  };
}
