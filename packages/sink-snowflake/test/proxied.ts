import { once } from 'node:events';
import { createServer as createPlain } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import type { Front } from './server/front.ts';

const FRONT = 'https://lab.snowflake.test';
const STAGE = 'https://stage.snowflake.test';

/** Where names are no addresses, and the only way leads through a proxy. */
export interface Proxied extends AsyncDisposable {
  /** Where the stand-in is, behind the proxy. */
  readonly url: string;
  /** The proxy, with a user and a password. */
  readonly proxy: string;
  /** Whom it was asked to connect to, by whom. */
  readonly asked: ReadonlySet<string>;
}

/** Puts TLS and a proxy before the stand-in. The stage gets a host of its own. */
export async function proxied(
  front: Front,
  tls: { readonly key: string; readonly cert: string },
): Promise<Proxied> {
  const asked = new Set<string>();
  const secure = createServer(tls, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = '', 'content-encoding': encoding } = request.headers;
    const answer = await fetch(`${front.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: {
        authorization,
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
      ...(chunks.length === 0 ? {} : { body: new Uint8Array(Buffer.concat(chunks)) }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end((await answer.text()).replaceAll(front.url, STAGE));
  });
  const proxy = createPlain();
  proxy.on('connect', (request, socket) => {
    const [, user = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
    asked.add(`${Buffer.from(user, 'base64').toString()} ${request.url}`);
    const there = connect(portOf(secure), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    for (const one of [socket, there]) one.on('error', () => undefined);
  });
  for (const server of [secure, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    url: FRONT,
    proxy: `127.0.0.1:${portOf(proxy)}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      secure.closeAllConnections();
      for (const server of [secure, proxy]) server.close();
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
