import { expect, it } from 'vitest';
import { configText, world } from './world.ts';

const config = (schema: string): string => configText(`tables: auto\n    schema: ${schema}`);

it('a schema that is frozen before there are tables is told by check, before a run and after it', async () => {
  await using lab = await world();
  lab.addFiles(20);
  await lab.config(config('freeze'));
  const refused = /sink +failed +docs: with "schema: freeze" every file would be refused/;
  const before = await lab.cli(['check']);
  expect(before.stdout).toMatch(refused);
  expect(before.code).toBe(2);

  const run = await lab.cli(['run']);
  expect(run.code).toBe(6);
  // They are new, and all of them have failed.
  expect(run.stdout).toMatch(/^docs: 20 files failed in /);
  const again = await lab.cli(['run']);
  expect(again.stdout).toMatch(/^docs: nothing new, 20 files failed before in /);
  const after = await lab.cli(['check']);
  expect(after.stdout).toMatch(refused);
  expect(after.code).toBe(2);

  // Those that were refused are due at once.
  await lab.config(config('evolve'));
  expect((await lab.cli(['run'])).stdout).toMatch(/^docs: 20 files brought up to date in /);
  await lab.config(config('freeze'));
  expect(await lab.cli(['check'])).toMatchObject({ code: 0 });
});
