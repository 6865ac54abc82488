import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, differences, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** Files of a batch. */
const BATCH = 50;

it('SIGKILL at any moment: the next run completes the database, and fetches at most one batch again', async () => {
  w.addFiles(600);
  await w.config(configText(`batch: { documents: ${BATCH} }`, '  concurrency: 4'));
  let kills = 0;
  for (let round = 0; round < 8; round += 1) {
    const cli = w.start(['run']);
    await untilDownloads(w, w.tdp.stats.downloads + 37 + 23 * round, cli.result);
    cli.process.kill('SIGKILL');
    if ((await cli.result).signal === 'SIGKILL') kills += 1;
  }
  expect(kills).toBeGreaterThan(2);
  expect((await w.cli(['run'])).code).toBe(0);
  expect(await differences(w)).toEqual([]);
  expect(w.tdp.stats.downloads - 600).toBeLessThanOrEqual(kills * BATCH);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s: ends within the batch, says so, and can be resumed', async (signal, code) => {
  w.addFiles(600);
  await w.config(configText(`batch: { documents: ${BATCH} }`, '  concurrency: 2'));
  const cli = w.start(['run']);
  await untilDownloads(w, 120, cli.result);
  cli.process.kill(signal);
  const result = await cli.result;
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(/Finishing the batch in hand/);
  expect(result.stdout).toMatch(/interrupted/);
  const downloaded = w.tdp.stats.downloads;
  expect(downloaded).toBeLessThan(600);
  expect((await w.cli(['run'])).code).toBe(0);
  expect(await differences(w)).toEqual([]);
  expect(w.tdp.stats.downloads).toBe(600);
});

/** Waits until TDP's storage has answered so many downloads, or the command has ended. */
async function untilDownloads(
  { tdp }: World,
  count: number,
  ended: Promise<unknown>,
): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && tdp.stats.downloads < count)
    await new Promise((resolve) => setTimeout(resolve, 2));
}
