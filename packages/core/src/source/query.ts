import type { QueryClause } from './source.ts';
import type { Window } from './window.ts';

/** Files that were indexed in any of these stretches. Those that touch become one. */
export function indexedInAny(windows: readonly Window[]): QueryClause {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of windows) {
    const last = joined.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else joined.push({ fromMs, toMs });
  }
  const should = joined.map(({ fromMs, toMs }) => ({
    range: {
      indexedAt: { gte: new Date(fromMs).toISOString(), lt: new Date(toMs).toISOString() },
    },
  }));
  return { bool: { should, minimum_should_match: 1 } };
}

/** Files that TDP shows without a time of indexing: no window ever holds them. */
export const notStamped: QueryClause = {
  bool: { must_not: [{ exists: { field: 'indexedAt' } }] },
};

/** Files with any of these S3 keys, whatever version of them is shown. */
export function atAnyPath(paths: readonly string[]): QueryClause {
  return { terms: { 'file.path': paths } };
}

/** Versions that TDP does not flag as superseded or deleted. Where there are no such flags, all of them. */
export const notFlagged: QueryClause = {
  bool: { must_not: [{ term: { outdated: true } }, { term: { deleted: true } }] },
};
