import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Closes every connection once this many more bytes have gone to the server. */
  cutAfterBytes(bytes: number): void;
  /** Closes every connection instead of passing on the nth answer from now: at once, or in order, as a server that shuts down does. */
  cutAtAnswer(n: number, how: 'reset' | 'end'): void;
  /** Goes back to passing everything on. */
  mend(): void;
}

/** Passes bytes between clients and the server at `host` and `port`. */
export async function cuttingProxy(host: string, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let bytesLeft = Number.POSITIVE_INFINITY;
  let answersLeft = Number.POSITIVE_INFINITY;
  let how: 'reset' | 'end' = 'reset';
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const end = () => {
    for (const socket of sockets) socket.end();
  };
  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // Whatever ends one side ends the other: that is all there is to do.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    upstream.on('data', (data) => {
      answersLeft -= 1;
      if (answersLeft > 0) client.write(data);
      else if (how === 'end') end();
      else cut();
    });
    client.on('data', (data) => {
      upstream.write(data);
      bytesLeft -= data.length;
      if (bytesLeft <= 0) cut();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cutAfterBytes: (bytes) => {
      bytesLeft = bytes;
    },
    cutAtAnswer: (n, given) => {
      answersLeft = n;
      how = given;
    },
    mend: () => {
      bytesLeft = Number.POSITIVE_INFINITY;
      answersLeft = Number.POSITIVE_INFINITY;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
