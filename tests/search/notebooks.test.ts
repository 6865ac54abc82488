import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningEmulator, startEmulator } from '@tdp-sync/emulator';
import { describe, expect, it } from 'vitest';
import { findPython } from './notebooks/install.ts';

const CLIENT = fileURLToPath(new URL('notebooks/client.py', import.meta.url));
const FILES = 230;
const { python, reason } = await findPython((line) => process.stderr.write(`${line}\n`));
const name = 'notebooks, with requests and aiohttp';

/** What the client prints, run against an emulator. */
async function ask(tdp: RunningEmulator): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-notebook-'));
  const auth = join(folder, 'auth.json');
  try {
    await writeFile(auth, JSON.stringify(tdp.authFile()));
    // A proxy of this machine has no business between two of its processes.
    const env = { PATH: process.env['PATH'], NO_PROXY: '*' };
    const { stdout } = await promisify(execFile)(python ?? '', [CLIENT, auth], { env });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(python === undefined)(
  reason === undefined ? name : `${name} [skipped: ${reason}]`,
  () => {
    it('find, count and download what is there, 25 at once, with a gateway that fails now and then', async () => {
      await using tdp = await startEmulator();
      const period = { indexedFrom: Date.now() - 864e5, indexedTo: Date.now() };
      tdp.lake.addBulk({ count: FILES, seed: 1, ...period });
      tdp.lake.addBulk({ count: 30, seed: 2, category: 'RAW', ...period });
      const label = { name: 'project', value: 'red' };
      const red = tdp.lake.put({
        path: '/red.txt',
        category: 'RAW',
        content: 'x',
        labels: [label],
      });
      tdp.faults.next('retrieve', { kind: '502' }, 2);

      const said = await ask(tdp);

      const ids = [...tdp.lake.truth().values()].filter(
        ({ file }) => file.attributes.category === 'IDS',
      );
      expect(said['found']).toEqual(ids.map(({ fileId }) => fileId).sort());
      expect(said['labelled']).toEqual([red.fileId]);
      expect(said).toMatchObject({ total: FILES, raw: 31, categories: { IDS: FILES, RAW: 31 } });
      expect(said['refused']).toEqual([400, expect.stringContaining('unknown query [nope]')]);
      expect(said['digests']).toEqual(
        Object.fromEntries(ids.map(({ fileId, digest }) => [fileId, digest])),
      );
      // The notebooks send their token to the storage as well, and the emulator tells of it.
      expect(tdp.stats.leakedCredentials).toBe(FILES);
    });
  },
);
