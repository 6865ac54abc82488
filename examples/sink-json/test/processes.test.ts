import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { load } from './child/load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sink-json-processes-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a program of `child/` on the folder, and resolves to the signal or the exit code that ended it. */
async function child(program: string, ...args: readonly string[]): Promise<unknown> {
  const path = fileURLToPath(new URL(`./child/${program}`, import.meta.url));
  const running = spawn(process.execPath, [path, folder, ...args], { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    running.on('error', reject);
    running.on('exit', (code, signal) => resolve(signal ?? code));
  });
}

async function content() {
  return JSON.parse(await readFile(join(folder, 'lab.json'), 'utf8'));
}

test.each(['half-way through writing', 'between writing and renaming'])(
  'a process that is killed %s leaves the old file whole, and stops nobody',
  async (when) => {
    await load(folder, 1, 'before');
    const before = await content();
    expect(await child('killed.ts', when)).toBe('SIGKILL');
    expect(await content()).toEqual(before);
    await load(folder, 1, 'z-after');
    expect((await content()).states).toEqual({ lab: '2' });
    expect(Object.values((await content()).tables.runs.rows)).toEqual([[['z-after']]]);
    expect(await readdir(folder)).toEqual(['lab.json']);
  },
);

test('of processes that write at once none loses what another has committed', async () => {
  await Promise.all([100, 200, 300].map((first) => child('writer.ts', String(first), '15')));
  const { states, ledgers, tables } = await content();
  expect(states).toEqual({ lab: '45' });
  expect(Object.keys(ledgers.lab).length).toBe(45);
  expect(Object.keys(tables.runs.rows).length).toBe(45);
});
