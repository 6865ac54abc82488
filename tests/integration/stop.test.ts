import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { walkSyncs } from '../../apps/cli/src/commands/each-sync.ts';
import { openConsole } from '../../apps/cli/src/console.ts';
import { Redactor } from '../../apps/cli/src/secrets.ts';
import { Stopped } from '../../apps/cli/src/stop.ts';
import { until } from './serving.ts';
import { configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world({ keepLog: true });
  w.addFiles(20);
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

const TERM = ['SIGTERM', 143] as const;
const INT = ['SIGINT', 130] as const;
const COMMANDS = ['run', 'sweep', 'verify', 'retry', 'rebuild', 'check', 'preview', 'status'];

describe('a signal while TDP does not answer a search', () => {
  it.each(COMMANDS.map((command, at) => [command, ...(at % 2 ? INT : TERM)] as const))(
    '%s: %s ends it, with exit code %i and without a stack',
    async (command, signal, code) => {
      w.tdp.faults.when('search', () => true, { kind: 'hang' });
      const { process, result } = w.start([command]);
      await until(async () => w.tdp.stats.searches > 0);
      process.kill(signal);
      const { code: exitCode, stdout, stderr } = await result;
      expect(exitCode).toBe(code);
      expect(stderr).toMatch(new RegExp(`Stopped by ${signal}|interrupted`));
      expect(stdout + stderr).not.toMatch(/did not foresee|Non-error|\n\s+at /);
    },
  );

  it('between two tries, it ends the wait', async () => {
    w.tdp.faults.when('search', () => true, { kind: '503', retryAfterSeconds: 100 });
    const { process, result } = w.start(['run']);
    await until(async () => w.tdp.stats.searches > 0);
    process.kill('SIGTERM');
    const { code, stderr } = await result;
    expect(code).toBe(143);
    expect(stderr).toMatch(/Stopped by SIGTERM/);
  });
});

describe('several syncs', () => {
  it('those that have not come to an end are interrupted', async () => {
    w.tdp.faults.when('search', () => true, { kind: 'hang' });
    const { process, result } = w.start(['run', '--json']);
    await until(async () => w.tdp.stats.searches > 0);
    process.kill('SIGINT');
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(JSON.parse(stdout).results).toMatchObject([{ sync: 'docs', outcome: 'interrupted' }]);
  });

  it('one that was not begun is no success', async () => {
    await w.config(`${configText()}  others: { content: none }\n`);
    const stop = new AbortController();
    const options = { config: join(w.dir, 'tdp-sync.yaml'), json: true, logLevel: 'silent' };
    const stream = new PassThrough();
    const console = openConsole({
      ...{ out: stream, err: stream, isTerminal: false, environment: {} },
      redactor: new Redactor(),
    });
    const walk = await walkSyncs(
      { ...options, sync: [], signal: stop.signal },
      console,
      async () => {
        stop.abort(new Stopped('SIGINT'));
        return {};
      },
    );
    expect([...walk.outcomes.keys(), walk.isWhole]).toEqual(['docs', false]);
  });
});
