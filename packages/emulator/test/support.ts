import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type EmulatorResponse,
  type PutFile,
} from '../src/index.ts';

/** Where the clock of every test begins. */
export const START: number = Date.UTC(2026, 5, 15, 12, 0, 0);

/** A clock that stands until it is moved. */
export class Clock {
  time = START;
  readonly now = (): number => this.time;
  pass(ms: number): void {
    this.time += ms;
  }
}

/** An emulator with a clock in hand. */
export function lab(options: EmulatorOptions = {}): { emulator: Emulator; clock: Clock } {
  const clock = new Clock();
  return { emulator: createEmulator({ now: clock.now, ...options }), clock };
}

/** The headers of a well-behaved client. */
export function headers(emulator: Emulator): Record<string, string> {
  return { 'ts-auth-token': emulator.token, 'x-org-slug': emulator.org };
}

export interface Hit {
  readonly _index: string;
  readonly _id: string;
  readonly _type?: string;
  readonly _score: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape
  readonly _source: any;
  readonly sort?: unknown[];
}

export interface Found {
  readonly timed_out: boolean;
  readonly _shards: { readonly failed: number; readonly total: number };
  readonly hits: {
    readonly total: number;
    readonly max_score: number | null;
    readonly hits: Hit[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into aggregations of every shape
  readonly aggregations: any;
}

export function post(emulator: Emulator, body: unknown, query = ''): EmulatorResponse {
  return emulator.handle({
    method: 'POST',
    url: `/v1/datalake/searchEql${query}`,
    headers: headers(emulator),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
}

export function get(
  emulator: Emulator,
  url: string,
  given: Record<string, string> = headers(emulator),
): EmulatorResponse {
  return emulator.handle({ method: 'GET', url, headers: given, body: new Uint8Array() });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export function parsed(response: EmulatorResponse): any {
  return JSON.parse(Buffer.from(response.body).toString());
}

export function search(emulator: Emulator, body: object, query = ''): Found {
  const response = post(emulator, body, query);
  if (response.status !== 200) throw new Error(Buffer.from(response.body).toString());
  return parsed(response);
}

/** The names (last part of the path, without extension) of the files that a query finds, sorted. */
export function names(emulator: Emulator, query: object): string[] {
  const found = search(emulator, { query, size: 10_000, _source: ['filePath'] });
  return found.hits.hits.map((hit) => nameOf(hit)).sort();
}

export function nameOf(hit: Hit): string {
  return /([^/]+?)(\.[^./]*)?$/.exec(hit._source.filePath)?.[1] ?? '';
}

/** Puts a small IDS document by name. */
export function put(
  emulator: Emulator,
  name: string,
  more: Partial<PutFile> & { data?: object } = {},
) {
  const { data, ...rest } = more;
  return emulator.lake.put({
    path: `/${name}.json`,
    category: 'IDS',
    content: { '@idsType': 'thing', '@idsVersion': 'v1.0.0', '@idsNamespace': 'common', ...data },
    ...rest,
  });
}
