import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { BrokenLine } from './harness.ts';

/** A port of this machine behind which a server lies, until the line is broken. */
export interface BreakableLine extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** As `breakAfter` of a `BreakableDatabase`. */
  breakAfter(messages: number): BrokenLine;
}

/** Opens a line to a server: what connects to its port talks to that server. */
export async function breakableLine(server: {
  readonly host: string;
  readonly port: number;
}): Promise<BreakableLine> {
  const line = new Line(server);
  await line.listen();
  return line;
}

class Line implements BreakableLine {
  readonly #server: { readonly host: string; readonly port: number };
  readonly #door = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  /** Messages that still get through. */
  #left = Number.POSITIVE_INFINITY;

  constructor(server: { readonly host: string; readonly port: number }) {
    this.#server = server;
  }

  get port(): number {
    return (this.#door.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#door.listen(0, '127.0.0.1');
    await once(this.#door, 'listening');
  }

  breakAfter(messages: number): BrokenLine {
    this.#left = messages;
    if (messages === 0) this.#break();
    return {
      isBroken: () => this.#left <= 0,
      mend: () => {
        this.#left = Number.POSITIVE_INFINITY;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#break();
    this.#door.close();
    await once(this.#door, 'close');
  }

  #accept(client: Socket): void {
    if (this.#left <= 0) {
      client.destroy();
      return;
    }
    const server = connect(this.#server);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // Whichever end goes, the other one does.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        // What was sent before is on its way.
        other.destroySoon();
      });
    }
    server.pipe(client);
    client.on('data', (message) => {
      this.#left -= 1;
      server.write(message);
      if (this.#left === 0) this.#break();
    });
    client.resume();
  }

  #break(): void {
    for (const socket of this.#sockets) socket.destroySoon();
  }
}
