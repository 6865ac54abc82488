import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The built command, as users run it. */
const MAIN = fileURLToPath(new URL('../dist/command/main.js', import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args]);
}

async function firstOutput(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout ?? child, 'data');
  return String(chunk);
}

describe('tdp-emulator', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-emulator-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s and ends well', async (signal) => {
    const path = join(folder, 'auth.json');
    const child = start(
      '--json',
      '--files',
      '50',
      '--auth-file',
      path,
      '--switch',
      'totalHits=object',
      '--live',
    );
    const { url, auth, files } = JSON.parse(await firstOutput(child));
    expect(files).toBeGreaterThan(900);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(auth);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const answer = await fetch(`${url}/v1/datalake/searchEql`, {
      method: 'POST',
      headers: { 'ts-auth-token': auth.auth_token, 'x-org-slug': auth.org },
      body: '{"size":0,"query":{"term":{"source.type":"bench"}}}',
    });
    expect(await answer.json()).toMatchObject({ hits: { total: { value: 50, relation: 'eq' } } });
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('tells people how to use it', async () => {
    const child = start('--no-demo');
    const text = await firstOutput(child);
    child.kill();
    expect(text).toMatch(/TDP emulator at http:\/\/127\.0\.0\.1:\d+/);
    expect(text).toContain('curl');
    expect(text).toContain('type: duckdb');
  });

  it.each([
    [['--switch', 'nope=1'], "there is no switch 'nope'"],
    [['--switch', 'docType=maybe'], "switch docType takes true or false, not 'maybe'"],
    [['--fault-rate', '2'], 'not between 0 and 1'],
  ])('refuses %j', async (args, message) => {
    const child = start(...args);
    const chunks: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(Buffer.concat(chunks).toString()).toContain(message);
  });
});
