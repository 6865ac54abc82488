import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Front } from '../../packages/sink-snowflake/test/server/front.ts';
import {
  configOf,
  hasServer,
  startFront,
  title,
} from '../../packages/sink-snowflake/test/server.ts';
import { type World, world } from './world.ts';

const FILES = 20;

describe.skipIf(!hasServer)(title('into Snowflake'), () => {
  let front: Front;
  let w: World;
  beforeAll(async () => {
    front = await startFront();
    w = await world();
    const settings = Object.entries(configOf(front)).map(([name, value]) => `  ${name}: ${value}`);
    await w.config(
      `source:\n  auth: ./auth.json\nsink:\n  type: snowflake\n${settings.join('\n')}\nsyncs:\n  docs: {}\n`,
    );
    w.addFiles(FILES);
  });
  afterAll(async () => {
    await w?.[Symbol.asyncDispose]();
    await front?.[Symbol.asyncDispose]();
  });
  beforeEach(() => front?.reset());

  async function run(): Promise<string> {
    front.reset();
    const { code, stdout, stderr } = await w.cli(['run']);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  test('a run that finds nothing new wakes no warehouse, and one that finds a file does', async () => {
    expect(await run()).toContain(`loaded     ${FILES}`);
    // The first one after that sweeps and stores that it has; then answers are asked for that were not asked for since.
    await run();
    await run();
    expect(await run()).toContain('nothing new');
    expect(front.statements.length).toBeGreaterThan(5);
    expect(front.meter.statements).toEqual([]);

    const indexedAt = Date.now() - 30 * 60_000;
    w.tdp.lake.put({ path: '/new.json', category: 'RAW', content: '{}', indexedAt });
    expect(await run()).toContain('loaded     1');
    expect(front.meter.statements).not.toEqual([]);
  });

  test('check sends a file to the stage, and says what the firewall must let through', async () => {
    const passing = await w.cli(['check']);
    expect(passing.code, passing.stdout).toBe(0);
    expect(front.statements.some((text) => text.includes('@%_TDP_SYNC_TRIAL'))).toBe(true);
    front.onUpload = () => 403;
    const failing = await w.cli(['check']);
    expect(failing.code).not.toBe(0);
    expect(failing.stdout).toMatch(/sink +failed .*STAGE in SYSTEM\$ALLOWLIST\(\)/);
  });
});
