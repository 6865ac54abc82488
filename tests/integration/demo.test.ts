import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../../examples/demo/demo.ts', import.meta.url));

it('the demo fills a database and shows results; a second time nothing is fetched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-demo-'));
  const run = promisify(execFile);
  try {
    const first = await run(process.execPath, [demo, folder]);
    expect(first.stdout).toMatch(/lab: 826 files brought up to date/);
    expect(first.stdout).toMatch(/lcuv-empower\s+│ 149/);
    const second = await run(process.execPath, [demo, folder]);
    expect(second.stdout).toMatch(/lab: nothing new/);
    expect(second.stdout).toMatch(/gave 0 files/);
    expect(second.stdout).toMatch(/purity_percent/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
