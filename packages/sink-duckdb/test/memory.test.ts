import { expect, test } from 'vitest';
import { defaultMemoryLimit } from '../src/memory.ts';

const MIB = 1024 * 1024;

test.each([
  ['nothing bounds the process', 0, '256MB'],
  ['the bound is beyond the machine', 1e9, '256MB'],
  ['a container of 4 GiB', 4096, '256MB'],
  ['a container of 1 GiB', 1024, '192MB'],
  ['a container of 512 MiB', 512, '96MB'],
  ['a container of 100 MiB', 100, '64MB'],
])('what DuckDB may use: %s', (_, allowedMib, limit) => {
  expect(defaultMemoryLimit(allowedMib * MIB, 8192 * MIB)).toBe(limit);
});
