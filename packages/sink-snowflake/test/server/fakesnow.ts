import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';

/** How long it may take to start, in milliseconds: Python reads some large packages. */
const START_MS = 120_000;
const PROGRAM = join(import.meta.dirname, 'fakesnow_json.py');

/** A running fakesnow, with nothing in it. */
export interface Fakesnow extends AsyncDisposable {
  readonly port: number;
  /** Sends a request on behalf of a session. */
  ask(session: string, path: string, body: string): Promise<Answer>;
}

/** Starts fakesnow on a free port of this computer. It ends with this process, however that ends. */
export async function startFakesnow(python: string): Promise<Fakesnow> {
  const port = await freePort();
  const child = spawn(python, [PROGRAM, String(port)], { stdio: ['pipe', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  await answering(child, port, () => Buffer.concat(said).toString());
  return {
    port,
    ask: async (session, path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: session },
        body,
      });
      return (await response.json()) as Answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function answering(child: ChildProcess, port: number, said: () => string): Promise<void> {
  for (const until = Date.now() + START_MS; ; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`fakesnow has not started:\n${said()}`);
    if (await accepts(port)) return;
    if (Date.now() > until) throw new Error('fakesnow does not answer.');
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
