import type { Document, StoredDocument } from './sink.ts';

/** Whether a document was made against another line of the ledger than the one that is stored: see {@link Document.replaces}. */
export function isOutdated(
  { replaces }: Pick<Document, 'replaces'>,
  stored: StoredDocument | undefined,
): boolean {
  return replaces !== undefined && replaces !== (stored?.order ?? null);
}
