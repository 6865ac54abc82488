import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, EmulatorCore, type EmulatorOptions } from './emulator.ts';
import type { EmulatorRequest, EmulatorResponse } from './messages.ts';

/** How an emulator listens. */
export interface StartOptions extends EmulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Port of the API. Default: a free one. */
  readonly port?: number;
  /** Port of the storage. Default: a free one. */
  readonly storagePort?: number;
}

/** The content of a credentials file as TDP's users have it. */
export interface AuthFile {
  readonly api_url: string;
  readonly auth_token: string;
  readonly org: string;
}

/** An emulated TDP that listens. Disposing it closes both listeners and all connections. */
export interface RunningEmulator extends Emulator, AsyncDisposable {
  /** `http://127.0.0.1:PORT`, with and without `/v1` behind it. */
  readonly url: string;
  /** Where presigned URLs point: another port, so that it is another host to a client. */
  readonly storageUrl: string;
  authFile(): AuthFile;
}

type Handle = (request: EmulatorRequest, inFlight: number) => EmulatorResponse;

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      resolve(`http://${name}:${address.port}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function send(response: EmulatorResponse, out: ServerResponse): void {
  const { connection, body } = response;
  if (out.destroyed || connection === 'hang') return;
  if (connection === 'reset') {
    out.socket?.resetAndDestroy();
    return;
  }
  const { headers } = response;
  headers['content-length'] = String(body.length);
  out.writeHead(response.status, headers);
  if (connection === undefined) {
    out.end(body);
    return;
  }
  // Without this, a body that ends before its first byte takes the headers with it.
  out.flushHeaders();
  if ('truncateAfterBytes' in connection) {
    out.write(body.subarray(0, connection.truncateAfterBytes), () => out.socket?.destroy());
  } else {
    out.write(body.subarray(0, connection.hangAfterBytes));
  }
}

const EMPTY = new Uint8Array();

/** Connects a handler to node's HTTP server with as little as possible in between. */
function serve(handle: Handle, core: EmulatorCore): Server {
  const { stats } = core;
  let inFlight = 0;
  const answer = (incoming: IncomingMessage, out: ServerResponse, body: Uint8Array): void => {
    const { method = 'GET', url = '/' } = incoming;
    const headers = incoming.headers as Record<string, string>;
    const response = handle({ method, url, headers, body }, inFlight);
    if (response.delayMs === undefined) send(response, out);
    else setTimeout(send, response.delayMs, response, out);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, out) => {
    out.sendDate = false;
    inFlight++;
    stats.inFlight++;
    if (stats.inFlight > stats.maxInFlight) stats.maxInFlight = stats.inFlight;
    out.once('close', () => {
      inFlight--;
      stats.inFlight--;
    });
    if (incoming.method === 'GET') {
      answer(incoming, out, EMPTY);
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => answer(incoming, out, Buffer.concat(chunks)));
  });
  // A connection that a client or a fault cuts is part of the game.
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

class Running extends EmulatorCore implements RunningEmulator {
  url = '';
  readonly #servers: Server[] = [];

  get storageUrl(): string {
    return this.storageOrigin;
  }

  async listen({ host = '127.0.0.1', port = 0, storagePort = 0 }: StartOptions): Promise<this> {
    const api = serve((request, inFlight) => this.handleApi(request, inFlight), this);
    const storage = serve((request, inFlight) => this.handleStorage(request, inFlight), this);
    this.#servers.push(api, storage);
    this.url = await listen(api, port, host);
    this.storageOrigin = await listen(storage, storagePort, host);
    return this;
  }

  authFile(): AuthFile {
    return { api_url: `${this.url}/v1/`, auth_token: this.token, org: this.org };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.splice(0).map(close));
  }
}

/** Starts an emulator on two ports of this machine. */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  return new Running(options).listen(options);
}
