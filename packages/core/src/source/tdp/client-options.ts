import type { Clock } from '../../clock.ts';
import type { Redact, SyncError } from '../../errors.ts';
import type { CredentialsReader } from './credentials.ts';
import type { RetryPolicy } from './retry.ts';
import type { Transport } from './transport.ts';

/** What a `TdpClient` needs. */
export interface TdpClientOptions {
  /** TDP's API address, with or without `/v1`, with or without a slash at its end. */
  readonly url: string;
  readonly credentials: CredentialsReader;
  readonly transport: Transport;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** A number in [0, 1), for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** Defaults: `defaultRetryPolicy`. */
  readonly retry?: Partial<RetryPolicy>;
  /** `presigned` asks for a URL of the storage and fetches from there, which is several times faster; `direct` goes through the API. Default `presigned`. */
  readonly download?: 'presigned' | 'direct';
  /** Hosts that an address of TDP's may lead to although they are in a private network, on this machine or on plain http. Default: none. */
  readonly storageHosts?: readonly string[];
  /** Largest content of one file, decompressed, in bytes. Default 134,217,728: a process takes about eight times as much. */
  readonly maxFileBytes?: number;
  /** Takes secrets out of whatever TDP, its storage or a proxy says before a message quotes it. Default: takes out nothing but what looks like a token or a presigned URL. */
  readonly redact?: Redact;
  /** Told of every try, so that whoever bounds the load can react. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** One try of one request, for those who measure and adapt. */
export interface Exchange {
  readonly kind: 'search' | 'retrieve' | 'download' | 'fileinfo';
  readonly outcome: 'ok' | 'overload' | 'failed';
  /** From the request to the end of its answer; absent where `retry` is set. */
  readonly durationMs?: number;
  /** Set when it will be tried again: why, and after how long. */
  readonly retry?: {
    readonly error: SyncError;
    readonly attempt: number;
    readonly delayMs: number;
  };
}
