import { hash } from 'node:crypto';
import type { FileVersion } from './lake/file.ts';
import { fileIdOf } from './lake/version-id.ts';

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

/** Makes and checks URLs that open one version for a few minutes. They look like S3's; the signature is our own. */
export class Presigner {
  readonly #secret: string;
  #second = -1;
  #date = '';

  constructor(seed: number) {
    this.#secret = `presign ${seed}`;
  }

  /** Path and query of the URL, from the beginning of its bucket. */
  sign(file: FileVersion, now: number, seconds: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#date = amzDate(now);
    this.#second = second;
    const key = file.path.split('/').map(encodeURIComponent).join('/');
    const unsigned =
      `/${file.bucket}/${key}?X-Amz-Algorithm=AWS4-HMAC-SHA256` +
      `&X-Amz-Credential=${ACCESS_KEY}%2F${this.#date.slice(0, 8)}%2Fus-east-1%2Fs3%2Faws4_request` +
      `&X-Amz-Date=${this.#date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&versionId=${file.versionId}`;
    return `${unsigned}&X-Amz-Signature=${this.#signature(unsigned)}`;
  }

  /** Checks path and query of a request to the storage. */
  check(url: string, now: number): Presigned {
    const place = url.indexOf('&X-Amz-Signature=');
    if (place < 0) return { kind: 'unsigned' };
    const unsigned = url.slice(0, place);
    const match = /&X-Amz-Date=(\w+)&X-Amz-Expires=(\d+)&.*&versionId=(.+)$/.exec(unsigned);
    const fileId = fileIdOf(match?.[3] ?? '');
    const genuine = url.slice(place + '&X-Amz-Signature='.length) === this.#signature(unsigned);
    if (!genuine || match === null || fileId === undefined) return { kind: 'forged' };
    const seconds = Number(match[2]);
    const expiredAt = parseAmzDate(match[1] ?? '') + seconds * 1000;
    return now > expiredAt ? { kind: 'expired', expiredAt, seconds } : { kind: 'valid', fileId };
  }

  #signature(text: string): string {
    return hash('sha256', `${this.#secret}\n${text}`);
  }
}
