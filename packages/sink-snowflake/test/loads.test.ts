import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { snowflakeSink } from '../src/adapter.ts';
import { configSchema } from '../src/config.ts';
import { begin, documentOf, ledgerOf, openLab, openOn, PEAKS, RUNS } from './lab.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';

let front: Front;
beforeAll(async () => {
  if (hasServer) front = await startFront();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});
beforeEach(() => front?.reset());

describe.skipIf(!hasServer)(title('names'), () => {
  test('with identifiers: upper nobody needs quotes', async () => {
    await using lab = await openLab(configOf(front));
    await using load = await begin(lab.sink, [RUNS]);
    await load.stage([documentOf(1, '1', { runs: [['a', 1.5]] })]);
    await load.commit('moved');
    expect(await lab.database.read('runs')).toEqual([
      { _FILE_KEY: documentOf(1, '1', {}).id, _ROW: 0n, SAMPLE: 'a', PURITY: 1.5 },
    ]);
    expect(await lab.database.tables()).toEqual(['RUNS', '_TDP_SYNC_DOCUMENTS', '_TDP_SYNC_STATE']);
  });

  test('timestamps are instants or clocks, as the columns are that are there', async () => {
    const table = { name: 'times', columns: [{ name: 'at', type: 'timestamp' }] } as const;
    const at = '2026-01-02T03:04:05.000006Z';
    for (const timestamps of ['tz', 'ntz'] as const) {
      await using lab = await openLab({ ...configOf(front), timestamps });
      await using load = await begin(lab.sink, [table]);
      await load.stage([documentOf(1, '1', { times: [[at]] })]);
      await load.commit('moved');
      expect(front.statements.join()).toContain(`"AT" TIMESTAMP_${timestamps.toUpperCase()}(6)`);
      const ids = [documentOf(1, '1', {}).id];
      expect(await Array.fromAsync(lab.sink.rows(table, ids))).toEqual([{ id: ids[0], row: [at] }]);
      front.reset();
    }
  });
});

describe.skipIf(!hasServer)(title('tables that somebody else changes'), () => {
  test('one that is gone since it was seen fails the load for now, and is made anew by the next', async () => {
    await using lab = await openLab(configOf(front));
    await using load = await begin(lab.sink);
    await lab.database.damage('runs', { how: 'drop' });
    await load.stage([documentOf(1, '1', { runs: [['a', 1]] })]);
    await expect(load.commit('moved')).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
    });
    await using again = await begin(lab.sink);
    await again.stage([documentOf(1, '1', { runs: [['a', 1]] })]);
    expect(await again.commit('moved')).toEqual({ applied: 1, leftAlone: 0 });
    expect(await lab.database.read('runs')).toHaveLength(1);
  });
});

describe.skipIf(!hasServer)(title('two sinks'), () => {
  test('see what the other has committed, at once', async () => {
    await using lab = await openLab(configOf(front));
    await using other = await openOn(lab.database);
    expect(await ledgerOf(other)).toEqual([]);
    await using load = await begin(lab.sink);
    await load.stage([documentOf(1, '1', { runs: [['a', 1]], peaks: [['2']] })]);
    await load.commit('moved');
    expect(await other.readState('lab')).toBe('moved');
    expect(await ledgerOf(other)).toEqual(['1 1 loaded']);
    expect(await Array.fromAsync(other.damages('lab', [RUNS, PEAKS]))).toEqual([]);
  });
});

describe.skipIf(!hasServer)(title('opening'), () => {
  const open = async () => {
    await using lab = await openLab(configOf(front));
    return await lab.sink.readState('lab');
  };

  test('finds a stage that cannot be reached, though the driver takes the file for sent', async () => {
    front.onUpload = () => 200;
    await expect(open()).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: expect.stringContaining('has not arrived'),
    });
  });

  test.each([400, 401, 403])('finds one that refuses files: %i', async (status) => {
    front.onUpload = () => status;
    await expect(open()).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: expect.stringContaining('ALLOWLIST'),
    });
  });

  test('finds a right that is missing', async () => {
    front.onStatement = ({ text }) =>
      text.startsWith('CREATE TABLE') ? { code: '003001', sqlState: '42501' } : undefined;
    await expect(open()).rejects.toMatchObject({
      code: 'SINK_PERMISSION',
      message: expect.stringContaining('USAGE and CREATE TABLE on schema'),
    });
  });

  test('leaves nothing on the disk, and tells nobody where it runs', async () => {
    await open();
    expect(existsSync('snowflake.log')).toBe(false);
    expect(process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION']).toBe('true');
    expect(front.telemetry).toBe(0);
  });

  test('of a server that is not there ends within connectTimeout, and can be tried again', async () => {
    const config = { ...configOf(front), url: 'http://127.0.0.1:9', connectTimeout: '2s' };
    const opening = snowflakeSink.open(configSchema.parse(config), { baseDir: '/' });
    await expect(opening).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
  });
});
