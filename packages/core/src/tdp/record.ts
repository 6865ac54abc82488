import type { Presence } from '../source.ts';
import { asRecord } from './hit.ts';

/** What the record of one version says; `superseded` when another version has to be asked. */
export function presenceOf(record: unknown): Presence | 'superseded' {
  const { deleted, outdated } = asRecord(record);
  if (deleted === true) return 'gone';
  return outdated === true ? 'superseded' : 'present';
}

/** What the records of all versions of a file say: it is there as long as one is current and not deleted. */
export function presenceOfAny(records: unknown): Presence {
  if (!Array.isArray(records)) return 'unknown';
  return records.some((record) => presenceOf(record) === 'present') ? 'present' : 'gone';
}
