import { hash } from 'node:crypto';
import type { FileVersion } from '../lake/file.ts';
import { fileIdOf } from '../lake/version-id.ts';

const ACCESS_KEY = 'ASIAEMULATOR00000000';

/** What a presigned URL turns out to be. */
export type Presigned =
  | { readonly kind: 'valid'; readonly fileId: string }
  | { readonly kind: 'expired'; readonly expiredAt: number; readonly seconds: number }
  | { readonly kind: 'forged' }
  | { readonly kind: 'unsigned' };

function amzDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function parseAmzDate(text: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

function encodeKey(path: string): string {
  // Most keys are plain, and looking costs less than taking them apart.
  if (/^[\w\-./]*$/.test(path)) return path;
  return path.split('/').map(encodeURIComponent).join('/');
}

/** What a URL says about when it was made and for how long, between its path and its version. */
function termsText(now: number, seconds: number): string {
  const date = amzDate(now);
  return (
    '?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    `&X-Amz-Credential=${ACCESS_KEY}%2F${date.slice(0, 8)}%2Fus-east-1%2Fs3%2Faws4_request` +
    `&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&versionId=`
  );
}

function parseTerms(text: string): { readonly expiredAt: number; readonly seconds: number } {
  const [, date = '', given] = /&X-Amz-Date=(\w+)&X-Amz-Expires=(\d+)&/.exec(text) ?? [];
  const seconds = Number(given);
  return { expiredAt: parseAmzDate(date) + seconds * 1000, seconds };
}

const VERSION_ID_LENGTH = 32;
const SIGNATURE = '&X-Amz-Signature=';
/** All that the query of a URL has, in the order in which it is signed. */
const PARAMETERS = [
  ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders'],
  ...['versionId', 'X-Amz-Signature'],
];

/**
 * A URL in the words in which it would have been signed. S3 decodes what it is asked, and signs that anew: however a client
 * escapes, and in whatever order, it is the same URL. Segments like `..` are part of a key, and stay. `undefined` when it says
 * more or less than a URL of ours.
 */
function asSigned(url: string): string | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  try {
    const pairs = query.split('&').map((pair): [string, string] => {
      const place = pair.indexOf('=');
      return [pair.slice(0, place), decodeURIComponent(pair.slice(place + 1))];
    });
    const given = new Map(pairs);
    if (pairs.length !== PARAMETERS.length) return undefined;
    const signed = PARAMETERS.map((name) => `${name}=${encodeURIComponent(given.get(name) ?? '')}`);
    return `${encodeKey(decodeURIComponent(path))}?${signed.join('&')}`;
  } catch {
    return undefined;
  }
}

/**
 * Makes and checks URLs that open one version for a few minutes. They look like S3's; the signature is our own.
 * Of the terms, those made and those read last are kept: they only change from second to second.
 */
export class Presigner {
  readonly #secret: string;
  #made = { second: Number.NaN, seconds: Number.NaN, text: '' };
  #read = { text: '', ...parseTerms('') };

  constructor(seed: number) {
    this.#secret = `presign ${seed}`;
  }

  /** Path and query of the URL, from the beginning of its bucket. */
  sign(file: FileVersion, now: number, seconds: number): string {
    const terms = this.#terms(now, seconds);
    const unsigned = `/${file.bucket}/${encodeKey(file.path)}${terms}${file.versionId}`;
    return `${unsigned}&X-Amz-Signature=${this.#signature(unsigned)}`;
  }

  /** Checks path and query of a request to the storage. */
  check(url: string, now: number): Presigned {
    if (!url.includes(SIGNATURE.slice(1))) return { kind: 'unsigned' };
    // Most clients send it as they got it, and looking costs less than taking it apart.
    const unsigned = this.#unsignedPart(url) ?? this.#unsignedPart(asSigned(url) ?? '');
    const fileId = unsigned && fileIdOf(unsigned.slice(-VERSION_ID_LENGTH));
    if (unsigned === undefined || fileId === undefined) return { kind: 'forged' };
    const { expiredAt, seconds } = this.#readTerms(
      unsigned.slice(unsigned.indexOf('?'), -VERSION_ID_LENGTH),
    );
    return now > expiredAt ? { kind: 'expired', expiredAt, seconds } : { kind: 'valid', fileId };
  }

  /** What is before a signature, if it is that of what is before it. */
  #unsignedPart(url: string): string | undefined {
    const place = url.indexOf(SIGNATURE);
    const unsigned = url.slice(0, Math.max(place, 0));
    const isGenuine =
      place > 0 && url.slice(place + SIGNATURE.length) === this.#signature(unsigned);
    return isGenuine ? unsigned : undefined;
  }

  #terms(now: number, seconds: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#made.second || seconds !== this.#made.seconds)
      this.#made = { second, seconds, text: termsText(now, seconds) };
    return this.#made.text;
  }

  #readTerms(text: string): { readonly expiredAt: number; readonly seconds: number } {
    if (text !== this.#read.text) this.#read = { text, ...parseTerms(text) };
    return this.#read;
  }

  #signature(text: string): string {
    return hash('sha256', `${this.#secret}\n${text}`);
  }
}
