import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit } from '../../file.ts';

/** What a user's transform did wrong with one file. */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** The same for all files with the same fault. */
  readonly reason: string;
  /** Where in this file. */
  readonly place: string | undefined;

  constructor(reason: string, place?: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.place = place;
  }
}

/** The error that a file fails with. */
export function failureOf(file: FileHit, { reason, place, cause }: Fault): SyncError {
  const where = place === undefined ? '' : ` (${place})`;
  return new SyncError(
    'TRANSFORM_FAILED',
    `The sync's transform failed on ${describeFile(file)}: ${reason}${where}. Its earlier rows stay; the file is tried again later.`,
    { reason, cause },
  );
}
