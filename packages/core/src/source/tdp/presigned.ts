import { SyncError } from '../../errors.ts';
import { isWebAddress } from './address.ts';
import { header } from './answer.ts';
import { asRecord } from './hit.ts';
import { placeOf } from './host.ts';
import type { HttpResponse } from './transport.ts';

/** What a TDP that was asked for a presigned address answers. */
export type Presigned =
  /** An address that carries a signature. */
  | { readonly kind: 'signed'; readonly url: string }
  /** It may be an address, or a file that says nothing but one: only TDP can tell. */
  | { readonly kind: 'unsure' };

/** A presigned answer is small. */
const LARGEST_BYTES = 16_384;
/** Nor does it say much besides. */
const MOST_KEYS = 4;
/** What the signatures of storages are called in a query: S3's and Google's of both versions, Azure's, and others' like these. */
const SIGNATURE = /^(?:x-(?:amz|goog|oss)-signature|signature|sig|q-signature)$/i;

/**
 * Whether TDP's answer is a presigned address, and not the file: TDPs that know the parameter by another name answer with the
 * file itself, and what is in it must steer nothing. So an address must carry a signature; one without, in an object that has no
 * other key than `url`, is taken for nothing before TDP was asked for the file itself. `undefined`: it is the file.
 */
export function presignedIn(response: HttpResponse): Presigned | undefined {
  const { status, body } = response;
  const type = header(response, 'content-type') ?? '';
  const isLarge = body.length > LARGEST_BYTES;
  if (status !== 200 || isLarge || body[0] !== 0x7b || type.includes('octet-stream'))
    return undefined;
  const answer = fieldsOf(body);
  const keys = Object.keys(answer);
  if (keys.length > MOST_KEYS) return undefined;
  const [url, ...others] = Object.values(answer).filter(isSigned);
  if (url !== undefined && others.length === 0) return { kind: 'signed', url };
  return keys.length === 1 && isWebAddress(answer['url']) ? { kind: 'unsure' } : undefined;
}

function fieldsOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}

function isSigned(value: unknown): value is string {
  if (!isWebAddress(value)) return false;
  return [...new URL(value).searchParams].some(([name, one]) => SIGNATURE.test(name) && one !== '');
}

/** Which addresses a TDP may send this client to. */
export class StorageRule {
  readonly #isPlain: boolean;
  readonly #place: ReturnType<typeof placeOf>;
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed hosts that are asked wherever they are, and over plain http. */
  constructor(source: string, allowed: readonly string[]) {
    const { protocol, hostname } = new URL(source);
    this.#isPlain = protocol === 'http:';
    this.#place = placeOf(hostname);
    this.#allowed = new Set(allowed.map(canonicalHost));
  }

  /**
   * An address is asked when it is on https and leads to the world, or is no more exposed than TDP's own: on plain http where that
   * is, in the same kind of network where that is.
   *
   * @throws SyncError `SOURCE_PROTOCOL` for any other.
   */
  check(url: string): void {
    const { protocol, hostname } = new URL(url);
    if (this.#allowed.has(canonicalHost(hostname))) return;
    if (protocol === 'http:' && !this.#isPlain)
      throw refused(hostname, 'on plain http, where anybody on the way could read and change it');
    const place = placeOf(hostname);
    if (place !== 'public' && place !== this.#place) throw refused(hostname, WHERE[place]);
  }
}

const WHERE = {
  loopback: 'on this machine itself',
  'link-local': "in this machine's own link, where clouds keep credentials",
  private: 'in a private network',
} as const;

/** One form for each host: as `URL` has it, without the dot that may end a name. */
function canonicalHost(host: string): string {
  const bracketed = /^[\da-f.]*:[\da-f:.]*$/i.test(host) ? `[${host}]` : host;
  return (URL.parse(`http://${bracketed}`)?.hostname ?? host).replace(/\.$/, '');
}

function refused(host: string, where: string): SyncError {
  return new SyncError(
    'SOURCE_PROTOCOL',
    `TDP's answer leads to a storage at ${host}, ${where}, so it was not asked. If your storage is there, name that host in source.storageHosts; or set source.download to direct.`,
  );
}
