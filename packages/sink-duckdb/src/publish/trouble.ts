import { SinkError } from '@tdp-sync/sink';

/** What keeps a copy from being made that the error of a system or of DuckDB does not say by itself. */
export class PublishTrouble extends Error {
  override readonly name = 'PublishTrouble';
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full for this user',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EEXIST: 'there is a file of that name, where a folder is to be',
  EISDIR: 'there is a folder of that name',
  EROFS: 'the disk is read-only',
  EXDEV: 'it is on another disk than its folder',
  ECONNREFUSED: 'nobody answers at the address of the storage',
  ENOTFOUND: 'the address of the storage is not known',
  EMFILE: 'all files are open that this process may have',
};
const REFUSED = ['EACCES', 'EPERM', 'EBUSY'];

/** The error for a copy that could not be put in place, in words for a person. */
export function publishFailed(
  target: string,
  cause: unknown,
  platform: NodeJS.Platform = process.platform,
): SinkError {
  return new SinkError(
    'PUBLISH_FAILED',
    `The copy for readers ${target} could not be put in place: ${whyOf(cause, platform)}. The data is in the database; the next run tries again.`,
    { retryable: true, cause },
  );
}

/** The error for a place where no copy could be put, before one is tried. */
export function publishImpossible(target: string, cause: unknown): SinkError {
  const why = whyOf(cause, process.platform);
  return new SinkError('PUBLISH_FAILED', `No copy for readers can be put at ${target}: ${why}.`, {
    retryable: true,
    cause,
  });
}

function whyOf(cause: unknown, platform: NodeJS.Platform): string {
  if (cause instanceof PublishTrouble) return cause.message;
  // The sentence about what to do is this one's own.
  if (cause instanceof SinkError) return cause.message.replace(/\.$/, '');
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = WHY[code];
  if (known !== undefined) return known;
  // Of what S3 answers, its name says what it is. The rest may hold addresses with a signature.
  if (cause instanceof Error && '$metadata' in cause)
    return `the storage answers ${/^\w+/.exec(cause.name)?.[0] ?? 'an error'}`;
  if (cause instanceof Error && /^(?:CredentialsProviderError|TimeoutError)$/.test(cause.name))
    return cause.name === 'TimeoutError' ? 'there is no answer' : 'there is no key for the storage';
  if (!REFUSED.includes(code)) return code || 'an error that it does not know';
  return platform === 'win32'
    ? 'a program has the copy of before open, and Windows replaces no file that is open. Close it there, or publish Parquet, whose files are never replaced'
    : 'the user of this process has no right to write there';
}
