import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What is answered in TDP's place. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Stands between tdp-sync and TDP, and answers some requests itself. */
export interface Between extends AsyncDisposable {
  readonly url: string;
  /** From now on, this is asked first; `undefined` lets TDP answer. */
  answer(by: (request: IncomingMessage) => Answer | undefined): void;
}

/** Listens on this machine only, and passes on to `target`. */
export async function between(target: string): Promise<Between> {
  let by: (request: IncomingMessage) => Answer | undefined = () => undefined;
  const server = createServer(async (request, response) => {
    const answer = by(request);
    const { status, headers, body } = answer ?? (await passedOn(target, request));
    response.writeHead(status, { date: new Date().toUTCString(), ...headers });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (next) => {
      by = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function passedOn(
  target: string,
  request: IncomingMessage,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const { method = 'GET', url = '/', headers } = request;
  const body = await buffer(request);
  const { host: _host, connection: _connection, 'content-length': _length, ...own } = headers;
  const answer = await fetch(target + url, {
    method,
    headers: own as Record<string, string>,
    ...(method === 'POST' ? { body } : {}),
  });
  const type = answer.headers.get('content-type') ?? 'application/json';
  return {
    status: answer.status,
    headers: { 'content-type': type },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}
