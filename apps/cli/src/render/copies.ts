import type { Published } from '@tdp-sync/sink';
import { moment } from './format.ts';

/** A line for each copy for readers that was put in place. */
export function publishedLines(copies: readonly Published[]): readonly string[] {
  return copies.filter(({ isNew }) => isNew).map(({ target }) => `published ${target}`);
}

/** How each copy for readers is. */
export function copyLines(copies: readonly Published[]): readonly string[] {
  return copies.map(({ target, atMs, ...copy }) => {
    const made = atMs === undefined ? 'none yet' : `of ${moment(atMs)}`;
    return `copy ${target}: ${made}${stateText(copy)}`;
  });
}

function stateText({
  isCurrent,
  isGone,
  error,
}: Pick<Published, 'isCurrent' | 'isGone' | 'error'>): string {
  if (error !== undefined) return `; ${error.message} [${error.code}]`;
  if (isGone) return '; it is not there any more as it was put there, the next run makes it anew';
  return isCurrent
    ? ', as the database is'
    : '; the database has changed since, the next run renews it';
}
