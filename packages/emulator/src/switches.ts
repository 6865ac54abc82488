/** How the emulator answers a `retrieve` of a file that is no longer current. */
export type GoneStatus = 200 | 403 | 404 | 410;

/**
 * What nobody outside TetraScience knows for sure about TDP, one switch each. A client is right when
 * it is right under every setting. The U-numbers are those of the list of unknowns in the notes on
 * how TDP behaves; defaults are what is most likely.
 */
export interface Switches {
  /** U1: a change of labels gives the document a new `indexedAt`. Default true. */
  readonly labelsRestampIndexedAt: boolean;
  /** U2: superseded versions leave the search (`hide`) or stay with `outdated: true` (`flag`). Default `hide`. */
  readonly showOutdated: 'hide' | 'flag';
  /** U2: the old version leaves when the new one becomes searchable, or at once. Default `with-new`. */
  readonly supersededVanishes: 'with-new' | 'at-once';
  /** U2: re-indexing a superseded version makes it searchable again, not flagged. Default false. */
  readonly reindexRevives: boolean;
  /** U3: deleted files leave the search (`remove`) or stay with `deleted: true` (`flag`). Default `remove`. */
  readonly softDeleted: 'remove' | 'flag';
  /** U4: status of a `retrieve` of a deleted file. Default 404. */
  readonly retrieveDeleted: GoneStatus;
  /** U4: status of a `retrieve` of a superseded version. Default 200. */
  readonly retrieveSuperseded: GoneStatus;
  /** U4: `fileinfo` knows deleted files (`deleted: true`), or answers 404. Default true. */
  readonly fileinfoShowsDeleted: boolean;
  /** U5: how a gzipped file leaves `retrieve` without a presigned URL. Default `decoded`. */
  readonly directGzip: 'decoded' | 'gzip' | 'gzip-no-header';
  /** U6: form of `hits.total`. Default `integer`. */
  readonly totalHits: 'integer' | 'object';
  /** U18: where the total stops counting without `track_total_hits`; only with `object`; 0 is never. Default 10,000. */
  readonly totalHitsCap: number;
  /** U6: hits carry `_type: "entity"`. Default true. */
  readonly docType: boolean;
  /** U7: largest `size`. Default 10,000. */
  readonly maxPageSize: number;
  /** U7: status of a search beyond `maxPageSize` or `maxResponseBytes`. Default 400. */
  readonly pageTooLargeStatus: 400 | 413 | 502;
  /** U7: largest answer of a search. Default 256 MB. */
  readonly maxResponseBytes: number;
  /** U8: 429 and 503 carry `Retry-After`. Default true. */
  readonly retryAfter: boolean;
  /** U9: from `indexedAt` until a search finds it, in milliseconds. Default 0. */
  readonly visibilityDelayMs: number;
  /** U10: share of documents without `indexedAt`. Default 0. */
  readonly missingIndexedAt: number;
  /** U10: `sort` on `indexedAt` is allowed. Default true. */
  readonly sortOnIndexedAtAllowed: boolean;
  /** U11: share of documents that a search shows twice, under two indices. Default 0. */
  readonly duplicateFileIds: number;
  /** U14: key of the presigned URL in its answer. Default `url`. */
  readonly presignedKey: string;
  /** U15: parameter that asks for a presigned URL; `none` always answers the bytes. Default `getPresigned`. */
  readonly presignedParameter: 'getPresigned' | 'preSigned' | 'none';
  /** How long a presigned URL lives, in seconds. Default 300, as documented. */
  readonly presignedSeconds: number;
  /** How far the `Date` header is off, in milliseconds. Default 0. */
  readonly clockSkewMs: number;
  /** Not Elasticsearch: share of pages that hold fewer hits than there are. Default 0. */
  readonly shortPages: number;
  /** Not Elasticsearch: share of pages whose hits are in no order. Default 0. */
  readonly unorderedPages: number;
  /** Whether the schemas of IDSs can be had as artifacts. Default `true`. */
  readonly idsSchemas: boolean;
  /**
   * Each index is a shard with fields of its own (`by-index`), so that counts of `terms` are approximate, and a shard may fail
   * where others answer; or all documents are in `one`. Default `by-index`.
   */
  readonly shards: 'by-index' | 'one';
  /** Form of a refused search: TDP's own, or Elasticsearch's as it is. Default `tdp`. */
  readonly searchErrors: 'tdp' | 'elasticsearch';
}

/** The most likely TDP. */
export const DEFAULT_SWITCHES: Switches = {
  labelsRestampIndexedAt: true,
  showOutdated: 'hide',
  supersededVanishes: 'with-new',
  reindexRevives: false,
  softDeleted: 'remove',
  retrieveDeleted: 404,
  retrieveSuperseded: 200,
  fileinfoShowsDeleted: true,
  idsSchemas: true,
  directGzip: 'decoded',
  totalHits: 'integer',
  totalHitsCap: 10_000,
  docType: true,
  maxPageSize: 10_000,
  pageTooLargeStatus: 400,
  maxResponseBytes: 256 * 1024 * 1024,
  retryAfter: true,
  visibilityDelayMs: 0,
  missingIndexedAt: 0,
  sortOnIndexedAtAllowed: true,
  duplicateFileIds: 0,
  presignedKey: 'url',
  presignedParameter: 'getPresigned',
  presignedSeconds: 300,
  clockSkewMs: 0,
  shortPages: 0,
  unorderedPages: 0,
  shards: 'by-index',
  searchErrors: 'tdp',
};

/** Switches that take one of a few values, other than `true` and `false`. */
type Choice = {
  [Name in keyof Switches]: string extends Switches[Name]
    ? never
    : number extends Switches[Name]
      ? never
      : Switches[Name] extends boolean
        ? never
        : Name;
}[keyof Switches];

const GONE: readonly GoneStatus[] = [200, 403, 404, 410];

const CHOICES: { readonly [Name in Choice]: readonly Switches[Name][] } = {
  showOutdated: ['hide', 'flag'],
  supersededVanishes: ['with-new', 'at-once'],
  softDeleted: ['remove', 'flag'],
  retrieveDeleted: GONE,
  retrieveSuperseded: GONE,
  directGzip: ['decoded', 'gzip', 'gzip-no-header'],
  totalHits: ['integer', 'object'],
  pageTooLargeStatus: [400, 413, 502],
  presignedParameter: ['getPresigned', 'preSigned', 'none'],
  shards: ['by-index', 'one'],
  searchErrors: ['tdp', 'elasticsearch'],
};

const SHARES = new Set<string>([
  'missingIndexedAt',
  'duplicateFileIds',
  'shortPages',
  'unorderedPages',
] satisfies (keyof Switches)[]);

/** The value that a text stands for, or what the switch takes. */
function read(name: string, text: string, like: unknown): { value: unknown } | string {
  const choices: readonly unknown[] | undefined =
    typeof like === 'boolean'
      ? [true, false]
      : Object.entries(CHOICES).find(([of]) => of === name)?.[1];
  if (choices !== undefined) {
    const value = choices.find((one) => String(one) === text);
    return value === undefined ? listed(choices) : { value };
  }
  if (typeof like === 'string') return text === '' ? 'a text' : { value: text };
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (SHARES.has(name)) return value >= 0 && value <= 1 ? { value } : 'a share from 0 to 1';
  const isSigned = name === ('clockSkewMs' satisfies keyof Switches);
  if (Number.isSafeInteger(value) && (isSigned || value >= 0)) return { value };
  return isSigned ? 'a whole number, below 0 too' : 'a whole number';
}

function listed(choices: readonly unknown[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${String(choices.at(-1))}`;
}

/** Reads `name=value` pairs, as a command line gives them. */
export function parseSwitches(pairs: readonly string[]): Partial<Switches> {
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_SWITCHES));
  const result: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (!defaults.has(name)) throw new Error(`there is no switch '${name}'`);
    const taken = read(name, value, defaults.get(name));
    if (typeof taken === 'string') throw new Error(`switch ${name} takes ${taken}, not '${value}'`);
    result[name] = taken.value;
  }
  return result;
}
