import type { HttpResponse } from './transport.ts';

/** What a storage says in an error's body, in the form that S3 gave it and that the other clouds' storages have as well. */
export interface StorageWords {
  /** Its word for what is wrong, such as `AccessDenied`, `InvalidObjectState` or `KMS.DisabledException`. */
  readonly code: string;
  /** Its sentence, where that is nothing but words. */
  readonly sentence: string | undefined;
}

/** Of an error's body no more is looked at. */
const LOOKED_AT_BYTES = 16_384;
const ERROR = /<Error(?:\s[^>]*)?>([\s\S]*)/;
const CODE = /<Code>\s*([A-Za-z]{1,40}(?:\.[A-Za-z]{1,40}){0,2})\s*<\/Code>/;
const MESSAGE = /<Message>([^<]{1,400})<\/Message>/;
/**
 * Words as people write them, and the storage's own names for things. What has digits, slashes, colons or
 * very long words may be an address, a key or a part of a signature, and would tell every file's apart.
 */
const SENTENCE = /^[A-Za-z'’-]{1,24}(?:[,;.]? [A-Za-z'’-]{1,24})*\.?$/;

/** What an answer of the storage says; `undefined` when it is no storage's error. */
export function storageWords({ status, body }: HttpResponse): StorageWords | undefined {
  if (status < 400) return undefined;
  const inside = ERROR.exec(body.toString('utf8', 0, LOOKED_AT_BYTES))?.[1] ?? '';
  const code = CODE.exec(inside)?.[1];
  if (code === undefined) return undefined;
  const said =
    MESSAGE.exec(inside)?.[1]
      ?.replace(/&(?:apos|#0*39);/g, "'")
      .trim() ?? '';
  return { code, sentence: SENTENCE.test(said) ? said.replace(/\.$/, '') : undefined };
}

/** The status of an answer, and what the storage says of it: `403 (AccessDenied: Request has expired)`. */
export function statusInWords({ status }: HttpResponse, words: StorageWords | undefined): string {
  if (words === undefined) return `${status}`;
  const { code, sentence } = words;
  return `${status} (${sentence === undefined ? code : `${code}: ${sentence}`})`;
}
