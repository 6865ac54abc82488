import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { type Found, findNode } from './install.ts';

const PROGRAM = fileURLToPath(new URL('SearchNode.java', import.meta.url));
const found: Found = await findNode((line) => process.stderr.write(`${line}\n`));

/** Whether a search node can be started. */
export const hasNode: boolean = found.jars !== undefined;

/** The title of a suite that needs it: says why it is skipped. */
export function title(name: string): string {
  return found.reason === undefined ? name : `${name} [skipped: ${found.reason}]`;
}

/** An answer of the node. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A running OpenSearch node, which ends with whoever started it. */
export interface SearchNode extends AsyncDisposable {
  readonly url: string;
  send(method: string, path: string, body?: string): Promise<Answer>;
  /** The same for what must go well. */
  done(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Starts OpenSearch on this machine only, with 1 GiB of heap, in a quarter of a minute. */
export async function startNode(): Promise<SearchNode> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-search-'));
  const classes = join(found.jars ?? '', '*');
  const child = spawn('java', ['-Xms1g', '-Xmx1g', '-cp', classes, PROGRAM, folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const url = `http://127.0.0.1:${await portOf(child)}`;
  const agent = new Agent({ connections: 16 });
  const send = async (method: string, path: string, body?: string): Promise<Answer> => {
    const given = body === undefined ? {} : { body, headers: headersOf(path) };
    const { statusCode, body: answer } = await agent.request({
      origin: url,
      method: method as 'POST',
      path,
      ...given,
    });
    return { status: statusCode, text: await answer.text() };
  };
  return {
    url,
    send,
    done: async (method, path, body) => {
      const text = typeof body === 'string' ? body : body && JSON.stringify(body);
      const answer = await send(method, path, text === undefined ? undefined : String(text));
      if (answer.status < 300) return answer;
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 1000)}`);
    },
    [Symbol.asyncDispose]: async () => {
      await agent.destroy();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function headersOf(path: string): Record<string, string> {
  return { 'content-type': path.endsWith('_bulk') ? 'application/x-ndjson' : 'application/json' };
}

/** The port that the node says once it answers. */
async function portOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the node has no output');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error('OpenSearch ended before it had a port');
}
