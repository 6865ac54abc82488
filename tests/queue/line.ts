import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, or fall silent. */
export interface Line extends AsyncDisposable {
  readonly port: number;
  /** Breaks all connections off, and refuses new ones. */
  cut(): void;
  /** Passes nothing on any more, and says nothing of it: as a cable that is pulled. */
  silence(): void;
  /** Breaks all connections off instead of passing on the nth answer from now. */
  cutAtAnswer(n: number): void;
  /** Passes everything on again, over new connections. */
  mend(): void;
  /** How many connections there are. */
  readonly connections: number;
}

/** Passes bytes between clients and the server on this computer that has this port. */
export async function line(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let state: 'passes' | 'cut' | 'silent' = 'passes';
  let answersLeft = Number.POSITIVE_INFINITY;
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const known = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    known(near);
    if (state === 'cut') {
      near.destroy();
      return;
    }
    if (state === 'silent') return;
    const far = known(connect(port, '127.0.0.1'));
    near.on('data', (bytes) => state === 'passes' && far.write(bytes));
    far.on('data', (bytes) => {
      answersLeft -= 1;
      if (answersLeft <= 0) hangUp();
      else if (state === 'passes') near.write(bytes);
    });
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    port: own,
    get connections() {
      return [...sockets].filter(({ localPort }) => localPort === own).length;
    },
    cut: () => {
      state = 'cut';
      hangUp();
    },
    silence: () => {
      state = 'silent';
    },
    cutAtAnswer: (n) => {
      answersLeft = n;
    },
    mend: () => {
      state = 'passes';
      answersLeft = Number.POSITIVE_INFINITY;
      hangUp();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      hangUp();
      await once(server, 'close');
    },
  };
}
