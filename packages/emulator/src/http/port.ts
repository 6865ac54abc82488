import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Stats } from '../stats.ts';
import { Connection } from './connection.ts';
import { Load } from './load.ts';
import { type Handle, nodeHttpServer } from './node-http.ts';

type Accept = (this: Server, socket: Socket) => void;

/**
 * Takes from node's HTTP server what it does with a new connection. All else remains with it:
 * listening, the settings of sockets, timeouts.
 */
function takeAccept(server: Server): Accept {
  const [accept, ...others] = server.listeners('connection') as Accept[];
  if (accept === undefined || others.length > 0)
    throw new Error("this version of node's HTTP server takes its connections in an unknown way");
  server.removeAllListeners('connection');
  return accept;
}

/**
 * One port that listens. Its connections answer plain requests themselves, so that a benchmark does
 * not measure node's HTTP server, and leave everything else to that server.
 */
export class Port {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param keepAliveMs how long a connection may be idle; whole seconds, since clients are told them */
  constructor(handle: Handle, stats: Stats, keepAliveMs = 60_000) {
    const load = new Load(stats);
    this.#server = nodeHttpServer(handle, load, keepAliveMs);
    const accept = takeAccept(this.#server);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      new Connection(socket, {
        handle,
        load,
        keepAliveMs,
        handOver: () => accept.call(this.#server, socket),
      });
    });
  }

  /** Resolves with the origin at which it can be reached. */
  listen(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        const address = this.#server.address() as AddressInfo;
        const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
        resolve(`http://${name}:${address.port}`);
      });
    });
  }

  /** Cuts all connections, whatever they are at. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}
