import type { Socket } from 'node:net';
import type { EmulatorRequest, EmulatorResponse } from '../messages.ts';
import { inDrops } from './drops.ts';
import type { Load } from './load.ts';
import type { Handle } from './node-http.ts';
import { readRequest } from './read-request.ts';
import { responseHead } from './response-head.ts';

/** What a connection works with. */
export interface ConnectionOptions {
  readonly handle: Handle;
  readonly load: Load;
  readonly keepAliveMs: number;
  /** Gives the socket to node's HTTP server, which reads on where this connection stopped. */
  readonly handOver: () => void;
}

/** An answer that waits for its time, or for those before it. */
interface Owed {
  readonly response: EmulatorResponse;
  due: boolean;
}

/** As in node, for clients that use a connection again in the last moment. */
const IDLE_GRACE_MS = 1_000;

/**
 * A connection whose requests have all been plain so far. It answers them as they come and in their
 * order, and takes in no more of them while its client does not take the answers. The first request
 * that is not plain goes to node's HTTP server, and the connection with it, for good.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  /** In the order of their requests. */
  readonly #owed: Owed[] = [];
  #owedBytes = 0;
  /** Requests begun and not sent. */
  #open = 0;
  /** A fault has ended what can be sent. */
  #stopped = false;
  readonly #listeners: Readonly<Record<string, (bytes: Buffer) => void>>;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#listeners = {
      data: (bytes) => this.#take(bytes),
      timeout: () => this.#open === 0 && socket.destroy(),
      end: () => socket.end(),
      // A connection that a client or a fault cuts is part of the game.
      error: () => socket.destroy(),
      close: () => this.#giveUp(),
    };
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
    socket.setTimeout(options.keepAliveMs + IDLE_GRACE_MS);
  }

  #take(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    let place = 0;
    while (place < bytes.length) {
      const read = this.#isBusy() ? undefined : readRequest(bytes, text, place);
      if (read === undefined) {
        this.#putBack(bytes.subarray(place));
        return;
      }
      place = read.end;
      this.#answer(read.request);
    }
  }

  /** What cannot be answered here and now waits in the socket. With nothing before it, it is for node. */
  #putBack(bytes: Buffer): void {
    const socket = this.#socket;
    socket.pause();
    socket.unshift(bytes);
    if (this.#open > 0) return;
    for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener);
    socket.setTimeout(0);
    this.#options.handOver();
    socket.resume();
  }

  #isBusy(): boolean {
    const { writableNeedDrain, writableHighWaterMark } = this.#socket;
    return writableNeedDrain || this.#owedBytes >= writableHighWaterMark;
  }

  #goOn(): void {
    if (this.#socket.isPaused() && !this.#isBusy()) this.#socket.resume();
  }

  #answer(request: EmulatorRequest): void {
    const { handle, load } = this.#options;
    this.#open++;
    load.begin();
    const response = handle(request, load.inFlight);
    const owed = { response, due: response.delayMs === undefined };
    this.#owed.push(owed);
    this.#owedBytes += response.body.length;
    if (owed.due) {
      this.#flush();
      return;
    }
    setTimeout(() => {
      owed.due = true;
      this.#flush();
    }, response.delayMs);
  }

  #flush(): void {
    for (let next = this.#owed[0]; next?.due === true; next = this.#owed[0]) {
      if (this.#stopped || !this.#socket.writable) return;
      this.#owed.shift();
      this.#owedBytes -= next.response.body.length;
      this.#send(next.response);
    }
  }

  #send(response: EmulatorResponse): void {
    const { body, connection } = response;
    const socket = this.#socket;
    if (connection === undefined) {
      this.#write(response, body, () => this.#sent());
      return;
    }
    this.#stopped = true;
    if (connection === 'hang') return;
    if (connection === 'reset') socket.resetAndDestroy();
    else if ('truncateAfterBytes' in connection) {
      const part = body.subarray(0, connection.truncateAfterBytes);
      this.#write(response, part, () => socket.destroy());
    } else if ('hangAfterBytes' in connection) {
      this.#write(response, body.subarray(0, connection.hangAfterBytes));
    } else this.#trickle(response, connection.trickleAfterBytes, connection.everyMs);
  }

  #trickle(response: EmulatorResponse, afterBytes: number, everyMs: number): void {
    const { body } = response;
    const socket = this.#socket;
    this.#write(response, body.subarray(0, afterBytes));
    const end = (): void => {
      this.#stopped = false;
      this.#sent();
      this.#flush();
    };
    const rest = body.subarray(afterBytes);
    socket.once(
      'close',
      inDrops(rest, everyMs, (drop) => socket.write(drop), end),
    );
  }

  /** Writes once, from one piece of memory: for small answers nothing is cheaper. */
  #write(response: EmulatorResponse, part: Uint8Array, written?: () => void): void {
    const socket = this.#socket;
    const head = responseHead(response, this.#options.keepAliveMs);
    const bytes = Buffer.allocUnsafe(head.length + part.length);
    bytes.write(head, 'latin1');
    bytes.set(part, head.length);
    socket.write(bytes);
    // Most often the system has taken it all by now. Otherwise nothing is written, after it.
    if (socket.writableLength === 0) written?.();
    else socket.write('', written);
  }

  #sent(): void {
    if (this.#socket.destroyed) return;
    this.#open--;
    this.#options.load.end();
    this.#goOn();
  }

  #giveUp(): void {
    for (; this.#open > 0; this.#open--) this.#options.load.end();
  }
}
