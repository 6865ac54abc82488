import { expect, test } from 'vitest';
import { configSchema } from '../src/config.ts';
import { withinMemory } from '../src/memory.ts';
import { temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const MIB = 1024 * 1024;
const config = configSchema.parse({ path: 'lab.duckdb' });

test.each([
  ['nothing bounds the process', undefined, '256MB', '64MB'],
  ['4 GiB', 4096, '256MB', '64MB'],
  ['1 GiB', 1024, '192MB', '64MB'],
  ['512 MiB', 512, '96MB', '32MB'],
  ['100 MiB', 100, '64MB', '21MB'],
])('what DuckDB may use: %s', (_, allowedMib, memoryLimit, checkpointThreshold) => {
  expect(
    withinMemory(config, allowedMib === undefined ? undefined : allowedMib * MIB),
  ).toMatchObject({ memoryLimit, checkpointThreshold });
});

test('what the config says holds, however little the process may take', () => {
  const own = { memoryLimit: '1GB', checkpointThreshold: '128MB' };
  expect(withinMemory({ ...config, ...own }, 400 * MIB)).toMatchObject(own);
});

test('a file is opened with the share of what the process may take', async () => {
  await using folder = await temporaryFolder();
  await using _sink = await folder.open({}, { memoryBytes: 512 * MIB });
  // DuckDB lets nobody open it again with another limit.
  expect(
    await query(folder, "SELECT current_setting('memory_limit')", {
      memoryLimit: '96MB',
      checkpointThreshold: '32MB',
    }),
  ).toEqual([['91.5 MiB']]);
});
