import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from './serving.ts';
import { configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** Dates that are not followed by a time to the second in UTC, with a bit of what is around. */
function oddTimes(text: string): readonly string[] {
  return [...text.matchAll(/\d{4}-\d\d-\d\d(?! \d\d:\d\d:\d\d UTC).{0,30}/g)].map(([odd]) => odd);
}

it('each time that a command tells a person is in one form, to the second and in UTC', async () => {
  w.addFiles(6);
  const indexedAt = Date.now() - 3 * 3_600_000;
  w.tdp.lake.put({ path: '/broken.json', category: 'IDS', content: '{"broken', indexedAt });
  await w.config(configText('batch: { documents: 2 }'));
  w.tdp.faults.random('storage', { kind: 'slow', delayMs: 200 }, 1);
  const { process, result } = w.start(['run']);
  const read: string[] = [];
  process.stderr?.on('data', (chunk) => read.push(String(chunk)));
  await until(async () => read.join('').includes('batch committed'));
  process.kill('SIGINT');
  const said = [(await result).stdout];
  const say = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await w.cli(args);
    said.push(stdout);
    return stdout;
  };
  expect(await say('status')).toMatch(/open window {5}\d{4}-.* to \d{4}-/);
  for (const command of ['check', 'run', 'sweep', 'retry', 'rebuild']) await say(command);
  expect(await say('verify', '--full')).toMatch(/due again \d{4}-/);
  expect(await say('status')).toMatch(/last verify +\d{4}-/);
  const all = said.join('\n');
  expect(all.match(/ UTC/g)?.length).toBeGreaterThan(10);
  expect(oddTimes(all)).toEqual([]);
});
