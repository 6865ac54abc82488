import { resolve } from 'node:path';
import {
  AdaptiveLimit,
  type Clock,
  type CredentialsReader,
  type Exchange,
  type FindSchema,
  isInTheClear,
  systemClock,
  TdpClient,
  type UndiciTransport,
  undiciTransport,
} from '@tdp-sync/core';
import type { LoadedConfig } from '../config/load.ts';
import { CliError } from '../exit.ts';
import { roomFor } from '../open-files.ts';
import { readText } from '../read-text.ts';
import { readAuth } from './credentials.ts';
import { LoopLag } from './loop-lag.ts';
import { proxiesOf } from './proxy.ts';

/** TDP as this config reaches it. Dispose it to close its connections. */
export interface TdpSource extends AsyncDisposable {
  readonly client: TdpClient;
  readonly credentials: CredentialsReader;
  /** TDP's address as configured. */
  readonly url: string;
  /** Names TDP and organisation, so that a sync notices when it is pointed elsewhere. */
  readonly id: string;
  readonly limit: AdaptiveLimit;
  /** Said where fewer files are retrieved at once than the config wants. */
  readonly remark?: string | undefined;
  /** IDS schemas, as far as TDP gives them. */
  readonly schemas: FindSchema;
}

/**
 * Opens no connection yet; reads the credentials, so that a missing file shows at once. `isShared`: other processes of the same config ask the same
 * TDP.
 *
 * @throws CliError, also when this process may not have as many connections as are needed beside the others.
 */
export async function openSource(
  loaded: LoadedConfig,
  onExchange: (exchange: Exchange) => void = () => undefined,
  clock: Clock = systemClock,
  otherConnections = 0,
  isShared = false,
): Promise<TdpSource> {
  const { source } = loaded.config;
  const auth = await readAuth(loaded);
  const url = source.url ?? auth.url;
  if (url === undefined)
    throw new CliError(
      "TDP's address is missing: set source.url in the config, or api_url in the auth file.",
    );
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url))
    throw new CliError(
      'api_url of the auth file is no address such as https://api.tetrascience.com; correct it, or set source.url in the config.',
    );
  if (!source.allowHttp && isInTheClear(url)) throw new CliError(inTheClear(url));
  const { org } = await auth.credentials();
  const room = roomFor(source.concurrency, otherConnections);
  if (room.isTooLittle) throw new CliError(room.remark ?? '');
  const limit = new AdaptiveLimit({ max: room.concurrency, isShared });
  const transport = await openTransport(loaded, auth.acceptAnyCertificate, room.connections);
  const lag = new LoopLag();
  const client = new TdpClient({
    url,
    credentials: auth.credentials,
    transport: transport.send,
    clock,
    download: source.download,
    storageHosts: source.storageHosts,
    maxFileBytes: source.maxFileBytes,
    redact: loaded.redactor.clean,
    onExchange: (exchange) => {
      adapt(limit, exchange, lag);
      onExchange(exchange);
    },
  });
  const id = `${new URL(url).hostname} ${org}`;
  return {
    client,
    credentials: auth.credentials,
    url,
    id,
    limit,
    remark: room.remark,
    schemas: (ids, signal) => client.idsSchema(ids, signal),
    [Symbol.asyncDispose]: () => {
      lag[Symbol.dispose]();
      return transport[Symbol.asyncDispose]();
    },
  };
}

function inTheClear(url: string): string {
  return `TDP's address http://${new URL(url).host} is on plain http and not on this machine, so the token would travel in the clear. Write https://, or set source.allowHttp: true if the way there is safe.`;
}

/** A search takes as long as its page is large, so only retrievals tell how busy TDP is; a refusal counts wherever it comes from. */
function adapt(limit: AdaptiveLimit, { kind, outcome, durationMs }: Exchange, lag: LoopLag): void {
  if (durationMs === undefined) return;
  if (outcome === 'overload') limit.overloaded();
  if (outcome !== 'ok') return;
  // This process notices each answer late by its own lag, and a download is two requests.
  if (kind === 'download') limit.succeeded(durationMs, 2 * lag.currentMs);
  else if (kind === 'retrieve') limit.succeeded(durationMs, lag.currentMs);
}

async function openTransport(
  { config, baseDir, environment }: LoadedConfig,
  acceptAnyCertificate: boolean,
  connections: number,
): Promise<UndiciTransport> {
  const { caFile, timeout, minRate } = config.source;
  return undiciTransport({
    headersTimeoutMs: timeout,
    bodyTimeoutMs: timeout,
    minRate,
    connections,
    proxy: proxiesOf(environment),
    acceptAnyCertificate,
    ...(caFile === undefined
      ? {}
      : { extraCertificates: await readCertificates(resolve(baseDir, caFile)) }),
  });
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      `The certificate file ${path} (source.caFile) cannot be read: ${why}.`,
      undefined,
      cause,
    );
  }
}
