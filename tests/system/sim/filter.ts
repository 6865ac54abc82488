import type { QueryClause } from '@tdp-sync/core';
import type { Label } from '@tdp-sync/emulator';

/** The sync's filter: all files, those without an unwanted label, or those without any that the lab gives. Each is narrower than the one before. */
export type Filter = 'all' | 'wanted' | 'plain';

export const FILTERS: readonly Filter[] = ['all', 'wanted', 'plain'];

const LEFT_OUT: Readonly<Record<Filter, readonly string[]>> = {
  all: [],
  wanted: ['s3'],
  plain: ['s0', 's1', 's2', 's3'],
};

/** Whether a filter lets a file with these labels pass. */
export function isMatched(labels: readonly Label[], filter: Filter): boolean {
  return !labels.some(({ value }) => LEFT_OUT[filter].includes(value));
}

/** The filter as TDP is asked with it. */
export function clausesOf(filter: Filter): readonly QueryClause[] {
  return LEFT_OUT[filter].map((value) => ({
    bool: {
      must_not: [{ nested: { path: 'labels', query: { term: { 'labels.value': value } } } }],
    },
  }));
}
