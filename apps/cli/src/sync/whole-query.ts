import type { FileQuery } from '@tdp-sync/core';
import type { SyncConfig } from '../config/schema.ts';

/** All files that a sync is about: those that its filter matches, from `since` on. */
export function wholeQuery({ filter, since }: Pick<SyncConfig, 'filter' | 'since'>): FileQuery {
  return since === undefined ? { filter } : { filter, indexed: { fromMs: since } };
}
