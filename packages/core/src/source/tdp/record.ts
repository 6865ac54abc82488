import { jsonOrUndefined } from '../../json.ts';
import type { Presence } from '../source.ts';
import { asRecord } from './hit.ts';

/** What the record of one version says; `superseded` when the other versions have to be asked. */
export function presenceOf(record: unknown): Presence {
  const { deleted, outdated } = asRecord(record);
  if (deleted === true) return 'gone';
  return outdated === true ? 'superseded' : 'present';
}

/** A version of an IDS, as TDP's artifacts name it: `common`, `cell-counter`, `v8.0.0`. */
export interface IdsVersion {
  readonly namespace: string;
  readonly type: string;
  readonly version: string;
}

/** The schema in the answer about an artifact's file, which holds it as JSON or as text. */
export function schemaOf(answer: unknown): unknown {
  const { content } = asRecord(answer);
  return typeof content === 'string' ? jsonOrUndefined(content) : content;
}

/** What the records of all versions of a file say of a superseded one: the file is there as long as one is current and not deleted. */
export function presenceOfAny(records: unknown): Presence {
  if (!Array.isArray(records)) return 'unknown';
  return records.some((record) => presenceOf(record) === 'present') ? 'superseded' : 'gone';
}

/** Whom TDP's answer about the owner of a token names, with the kind of user where it says so. */
export function userOf(answer: unknown): string | undefined {
  const { email, name, id, type } = asRecord(answer);
  const who = [email, name, id].find((one) => typeof one === 'string' && one !== '');
  if (typeof who !== 'string') return undefined;
  return typeof type === 'string' && type !== '' ? `${who} (${type})` : who;
}
