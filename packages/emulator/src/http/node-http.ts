import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { EmulatorRequest, EmulatorResponse } from '../messages.ts';
import { inDrops } from './drops.ts';
import type { Load } from './load.ts';

/** Answers a request; so many are in work at its port, this one included. */
export type Handle = (request: EmulatorRequest, inFlight: number) => EmulatorResponse;

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
  } else if ('hangAfterBytes' in connection) {
    out.write(body.subarray(0, connection.hangAfterBytes));
  } else {
    const { trickleAfterBytes, everyMs } = connection;
    out.write(body.subarray(0, trickleAfterBytes));
    const rest = body.subarray(trickleAfterBytes);
    out.once(
      'close',
      inDrops(
        rest,
        everyMs,
        (drop) => out.write(drop),
        () => out.end(),
      ),
    );
  }
}

const EMPTY = new Uint8Array();

/** Connects a handler to node's HTTP server with as little as possible in between. */
export function nodeHttpServer(handle: Handle, load: Load, keepAliveMs: number): Server {
  const answer = (incoming: IncomingMessage, out: ServerResponse, body: Uint8Array): void => {
    const { method = 'GET', url = '/' } = incoming;
    const headers = incoming.headers as Record<string, string>;
    const response = handle({ method, url, headers, body }, load.inFlight);
    if (response.delayMs === undefined) send(response, out);
    else setTimeout(send, response.delayMs, response, out);
  };
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (incoming, out) => {
    out.sendDate = false;
    load.begin();
    out.once('close', () => load.end());
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
