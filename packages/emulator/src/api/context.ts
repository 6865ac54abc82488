import type { Lake } from '../lake/lake.ts';
import type { EmulatorRequest } from '../messages.ts';
import type { SearchEngine } from '../search/search.ts';
import type { Switches } from '../switches.ts';
import type { Presigner } from './presign.ts';
import type { Token, Tokens } from './tokens.ts';

/** What the answering of requests needs. */
export interface ApiContext {
  readonly org: string;
  readonly lake: Lake;
  readonly engine: SearchEngine;
  readonly tokens: Tokens;
  readonly presigner: Presigner;
  readonly switches: Switches;
  readonly now: () => number;
  /** Scheme, host and port of the storage. */
  readonly storageOrigin: () => string;
}

/** A request whose sender is known. */
export interface ApiCall {
  readonly request: EmulatorRequest;
  /** Without `/v1`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: Token;
}
