import type { EventsStatus } from '../status.ts';
import type { Nudger } from './nudger.ts';
import type { QueueReader } from './queue-reader.ts';

/** Where events come in. */
export interface EventInbox {
  readonly nudger: Pick<Nudger, 'take' | 'counts'>;
  readonly queue: Pick<QueueReader, 'url' | 'trouble'>;
}

/** What is told of events. */
export function eventsStatus(
  { nudger, queue }: EventInbox,
  clean: (text: string) => string,
): EventsStatus {
  const { lastMs, ...counts } = nudger.counts;
  const { url, trouble } = queue;
  return {
    ...counts,
    lastAt: lastMs === undefined ? null : new Date(lastMs).toISOString(),
    queue:
      url === undefined
        ? null
        : { url: clean(url), error: trouble === undefined ? null : clean(trouble) },
  };
}
