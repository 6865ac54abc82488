/**
 * What the simulation has found in core and core does not do yet. Each entry makes the simulation look
 * away from exactly that; whoever mends core sets it to `false` first and sees the simulation fail.
 */
export const KNOWN = {
  /** A sweep asks for the record of the version that it holds; when only a newer one, never loaded, was deleted, that record says nothing of it, and the file stays for ever. */
  newestDeletedUnseen: true,
  /** Where search goes on showing superseded versions (`outdated: true`), two versions of a file are under way at once, and a file whose newest version was deleted passes for present. */
  outdatedShown: true,
} as const;
