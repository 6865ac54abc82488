/**
 * What the simulation has found in core. An entry that is `true` is not mended yet and makes the simulation look
 * away from exactly that; whoever mends core sets it to `false`, and `known.test.ts` tries it from then on.
 */
export const KNOWN = {
  /**
   * Two versions of a file in one reading, both to be loaded: the newer one is held against the ledger
   * before the older one is committed. When the newer one fails, its row says that nothing, or an
   * older version, is loaded, while the rows are those of the other. Seed 314 with `reindexRevives`.
   */
  twoVersionsUnderWay: false,
  /** With `deletes: ignore`, `verify` calls every file stale that TDP flags as deleted, and will for ever. */
  ignoredDeletesDiffer: false,
} as const;
