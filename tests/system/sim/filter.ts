import type { Label } from '@tdp-sync/emulator';

const UNWANTED = 's3';

/** Whether a filter that leaves out a label lets these pass. */
export function isMatched(labels: readonly Label[]): boolean {
  return !labels.some(({ value }) => value === UNWANTED);
}

/** The filter as TDP is asked with it. */
export const FILTER = {
  bool: {
    must_not: [{ nested: { path: 'labels', query: { term: { 'labels.value': UNWANTED } } } }],
  },
};
