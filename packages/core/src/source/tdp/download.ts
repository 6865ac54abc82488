import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit } from '../../file.ts';
import { redirectedTo } from './address.ts';
import { header, retryAfterMs, statusError } from './answer.ts';
import { type StorageWords, statusInWords, storageWords } from './storage-words.ts';
import type { HttpResponse } from './transport.ts';

/** Where a redirect leads; `undefined` for any other answer. */
export function redirectOf(response: HttpResponse, base: string): string | undefined {
  const location = header(response, 'location');
  if (response.status < 300 || response.status >= 400 || location === undefined) return undefined;
  return redirectedTo(location, base);
}

/**
 * The error for an answer of the storage that is neither content nor says that there is none. All are
 * worth another try, with a new URL, since one lives five minutes; but where the storage refuses this object. Of what the storage says its code and plain words
 * are told; nothing else is quoted, by whomever, since it may quote the URL.
 */
export function storageError(response: HttpResponse): SyncError {
  const { status } = response;
  const words = storageWords(response);
  return new SyncError(
    'SOURCE_UNAVAILABLE',
    `The storage answered ${statusInWords(response, words)} to a presigned URL of TDP.`,
    {
      retryable: !isRefusal(words),
      status,
      retryAfterMs: retryAfterMs(response),
      storageCode: words?.code,
    },
  );
}

/** Archived, encrypted with a key that is not to be had, or forbidden: a new URL changes nothing. One that has expired is denied in other words. */
function isRefusal(words: StorageWords | undefined): boolean {
  if (words === undefined) return false;
  const { code, sentence } = words;
  if (code === 'AccessDenied') return sentence?.toLowerCase() === 'access denied';
  return code === 'InvalidObjectState' || code.startsWith('KMS.');
}

/** Whether the storage's answer is final: content, or the word that there is none. */
export function isFinal({ status }: HttpResponse): boolean {
  return status === 200 || status === 404 || status === 410;
}

/** The error for a file that TDP or its storage does not give. */
export function retrieveError(response: HttpResponse, file: FileHit): SyncError {
  const { status } = response;
  if (status !== 404 && status !== 410) return statusError(response, describeFile(file));
  const words = storageWords(response);
  const said = words === undefined ? '' : ` The storage says: ${statusInWords(response, words)}.`;
  return new SyncError(
    'FILE_NOT_FOUND',
    `TDP shows ${describeFile(file)}, but does not give it (${status}): deleted or superseded meanwhile.${said}`,
    { status, storageCode: words?.code },
  );
}

/** A login or error page with status 200, as proxies and gateways send it. */
export function isWebPage(response: HttpResponse): boolean {
  return response.body[0] === 0x3c && (header(response, 'content-type') ?? '').includes('html');
}
