import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import type { FailureGroup } from '../src/failures.ts';
import { failureLines } from '../src/render/failures.ts';
import { failuresOf } from '../src/sync/failed-files.ts';

function groups(count: number): readonly FailureGroup[] {
  return Array.from({ length: count }, (_, at) => ({
    errorCode: 'TRANSFORM_FAILED',
    error: `reason ${at}`,
    files: 2,
    first: `/lab/${at}.json`,
  }));
}

test('a lab with twenty kinds of bad files is told every one of them', () => {
  const lines = failureLines('lab_files', groups(20));
  expect(lines.slice(0, -1)).toEqual(
    Array.from({ length: 20 }, (_, at) =>
      expect.stringContaining(`2 TRANSFORM_FAILED: reason ${at}, first: /lab/${at}.json`),
    ),
  );
  expect(lines.at(-1)).toMatch(/all: SELECT .* FROM lab_files/);
});

test('of more the largest are told, and the others counted', () => {
  const lines = failureLines('lab_files', groups(25));
  expect(lines).toHaveLength(22);
  expect(lines[20]?.trim()).toBe('10 for 5 other reasons');
});

test('of those that are named no reason takes the places of the others', async () => {
  const rows = Array.from({ length: 1000 }, (_, at) => ({
    error: at < 990 ? 'one' : 'another',
    file_id: `f${at}`,
  }));
  const sink = {
    documents: async function* () {
      for (const { file_id: id } of rows) yield { id, order: '', status: 'failed' };
    },
    rows: async function* ({ columns }: Table) {
      for (const row of rows)
        yield {
          id: row.file_id,
          row: columns.map(({ name }) => (row as Record<string, string>)[name] ?? null),
        };
    },
  };
  const { files, groups: found, named } = await failuresOf('lab', sink as never);
  expect(files).toBe(1000);
  expect(found.map((group) => group.files)).toEqual([990, 10]);
  expect(named.filter(({ error }) => error === 'one')).toHaveLength(20);
  expect(named.filter(({ error }) => error === 'another')).toHaveLength(10);
});
