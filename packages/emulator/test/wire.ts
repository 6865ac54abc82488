import { type AddressInfo, connect, type Socket } from 'node:net';
import { Load } from '../src/http/load.ts';
import { type Handle, nodeHttpServer } from '../src/http/node-http.ts';
import { Port } from '../src/http/port.ts';
import type { EmulatorRequest, EmulatorResponse } from '../src/index.ts';
import { Stats } from '../src/stats.ts';

/** What the handler of a test does with a request. */
export type Answer = (request: EmulatorRequest) => Omit<EmulatorResponse, 'headers' | 'body'> & {
  readonly body?: string | Uint8Array;
};

/** A server under test, and what came to its handler. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly stats: Stats;
  readonly requests: EmulatorRequest[];
  /** How often node's HTTP server, alone, could not read a request. */
  unreadable(): number;
  close(): Promise<void>;
}

/** The port as it is, and node's HTTP server alone, which it must not be told from. */
export const KINDS = ['port', 'node:http'] as const;
export type Kind = (typeof KINDS)[number];

/** Serves on a free port. Left out, the answer is a text that tells the request. */
export async function serve(
  kind: Kind,
  answer: Answer = echo,
  keepAliveMs = 60_000,
): Promise<Served> {
  const stats = new Stats(false);
  const requests: EmulatorRequest[] = [];
  const handle = (request: EmulatorRequest): EmulatorResponse => {
    requests.push(request);
    const { body = '', ...rest } = answer(request);
    return { headers: { 'x-test': 'yes' }, body: Buffer.from(body), ...rest };
  };
  const listening = await (kind === 'port' ? startPort : startNode)(handle, stats, keepAliveMs);
  return { stats, requests, ...listening, [Symbol.asyncDispose]: listening.close };
}

function echo({ method, url, body }: EmulatorRequest): ReturnType<Answer> {
  return { status: 200, body: `${method} ${url} ${body.length}` };
}

type Listening = Pick<Served, 'port' | 'unreadable' | 'close'>;
type Start = (handle: Handle, stats: Stats, keepAliveMs: number) => Promise<Listening>;

const startPort: Start = async (handle, stats, keepAliveMs) => {
  const port = new Port(handle, stats, keepAliveMs);
  const origin = await port.listen(0, '127.0.0.1');
  return { port: Number(new URL(origin).port), unreadable: () => 0, close: () => port.close() };
};

const startNode: Start = async (handle, stats, keepAliveMs) => {
  const server = nodeHttpServer(handle, new Load(stats), keepAliveMs);
  let unreadable = 0;
  server.on('clientError', () => unreadable++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, unreadable: () => unreadable, close };
};

/** The bytes of one connection, seen from the client. */
export class Wire implements Disposable {
  readonly socket: Socket;
  text = '';
  closed = false;
  #changed: () => void = () => undefined;

  constructor({ port }: Served) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString('latin1');
      this.#changed();
    });
    // Both ways of ending count: a server that ends a connection may close or reset it.
    for (const event of ['end', 'error', 'close']) {
      this.socket.on(event, () => {
        this.closed = true;
        this.#changed();
      });
    }
  }

  send(...parts: readonly (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
  }

  /** Resolves once this holds of what has come so far. */
  async until(holds: (wire: this) => boolean): Promise<string> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.text;
  }

  /** Resolves once the server has ended the connection. */
  ended(): Promise<string> {
    return this.until(({ closed }) => closed);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A request of the common kind. */
export function plain(url: string, ...headers: readonly string[]): string {
  return `GET ${url} HTTP/1.1\r\nhost: test\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
}

/** A request with a body. */
export function post(url: string, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body as string);
  const head = `POST ${url} HTTP/1.1\r\nhost: test\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Resolves once this holds. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
