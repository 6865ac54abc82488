import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { decodeRequest, type Request } from './request.ts';
import {
  type Cell,
  cancelled,
  done,
  errorToken,
  loginAck,
  resultSet,
  type ServerError,
} from './tokens.ts';

/** What the server does with a request. */
export interface Answer {
  readonly sets?: readonly (readonly (readonly Cell[])[])[];
  readonly error?: ServerError;
  /** Close the connection instead: at once, or in order. */
  readonly cut?: 'reset' | 'end';
}

/** A server that speaks TDS without encryption and knows no SQL: what it answers is up to the test. */
export interface FakeServer extends AsyncDisposable {
  readonly port: number;
  /** Requests by connection, in the order in which they came. */
  readonly sessions: readonly (readonly Request[])[];
  /** How many messages have come, each of which is answered: those of a login too. */
  readonly roundTrips: number;
  /** How many connections are open. */
  readonly open: number;
  /** Closes all connections, as a failover does. */
  cut(): void;
}

/** What a test decides. */
export interface Behaviour {
  /** Why nobody is let in, in the order of the answer. */
  readonly login?: () => readonly ServerError[];
  readonly answer: (request: Request, session: number) => Answer;
  /** Key and certificate of a server that speaks TDS 8: TLS from the first byte. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

const PRELOGIN = 0x12;
const LOGIN = 0x10;
const ATTENTION = 0x06;
const ANSWER = 0x04;
const HEADER = 8;
const PACKET = 4_096;

/** Starts a server on a free port. */
export async function fakeServer(behaviour: Behaviour): Promise<FakeServer> {
  const sessions: Request[][] = [];
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const connected = (socket: Socket | TLSSocket): void => {
    const requests: Request[] = [];
    const session = sessions.push(requests) - 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The client may be gone by the time it is answered: that is what some tests are about.
    socket.on('error', () => socket.destroy());
    onMessages(socket, (type, body) => {
      roundTrips += 1;
      const tokens = handle(type, body, session, requests, behaviour);
      if (tokens === 'reset') socket.destroy();
      else if (tokens === 'end') socket.end();
      else send(socket, tokens);
    });
  };
  const { tls } = behaviour;
  const server =
    tls === undefined
      ? createServer(connected)
      : createTlsServer({ ...tls, ALPNProtocols: ['tds/8.0'] }, connected);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    get roundTrips() {
      return roundTrips;
    },
    get open() {
      return sockets.size;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function handle(
  type: number,
  body: Buffer,
  session: number,
  requests: Request[],
  { login = () => [], answer }: Behaviour,
): Buffer | 'reset' | 'end' {
  if (type === PRELOGIN) return prelogin();
  if (type === ATTENTION) return cancelled();
  if (type === LOGIN) {
    const errors = login();
    return errors.length === 0
      ? loginAck()
      : Buffer.concat([...errors.map(errorToken), done('batch', true)]);
  }
  const request = decodeRequest(type, body);
  if (request === undefined) return 'reset';
  requests.push(request);
  return encode(request, answer(request, session));
}

function encode({ kind }: Request, { sets = [], error, cut }: Answer): Buffer | 'reset' | 'end' {
  if (cut !== undefined) return cut;
  const parts = sets.flatMap((rows) => [resultSet(rows[0]?.length ?? 1, rows), done('set', false)]);
  if (error !== undefined) parts.push(errorToken(error));
  const end = done(kind === 'procedure' ? 'procedure' : 'batch', error !== undefined);
  return Buffer.concat([...parts, end]);
}

/** Version 16, no encryption: options by token, offset and length, then what they hold. */
function prelogin(): Buffer {
  const options = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]);
  return Buffer.concat([options, Buffer.from([16, 0, 0, 0, 0, 0]), Buffer.from([2])]);
}

/** Puts packets together to messages. */
function onMessages(socket: Socket, listener: (type: number, body: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  let parts: Buffer[] = [];
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
    while (bytes.length >= HEADER && bytes.length >= bytes.readUInt16BE(2)) {
      const [type, length] = [bytes.readUInt8(0), bytes.readUInt16BE(2)];
      const isLast = (bytes.readUInt8(1) & 1) === 1;
      parts.push(bytes.subarray(HEADER, length));
      bytes = bytes.subarray(length);
      if (!isLast) continue;
      const body = Buffer.concat(parts);
      parts = [];
      listener(type, body);
    }
  });
}

function send(socket: Socket, body: Buffer): void {
  const size = PACKET - HEADER;
  for (let at = 0, id = 1; at < body.length || at === 0; at += size, id += 1) {
    const part = body.subarray(at, at + size);
    const header = Buffer.alloc(HEADER);
    header.writeUInt8(ANSWER, 0);
    header.writeUInt8(at + size >= body.length ? 1 : 0, 1);
    header.writeUInt16BE(HEADER + part.length, 2);
    header.writeUInt8(id % 256, 6);
    socket.write(Buffer.concat([header, part]));
  }
}
