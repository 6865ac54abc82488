import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { QUEUE_EXIT, SINK_EXIT, SYNC_EXIT } from '../src/exit.ts';

it('docs/errors.md has exactly one heading for each code', async () => {
  const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual(
    Object.keys({ ...SYNC_EXIT, ...SINK_EXIT, ...QUEUE_EXIT }).sort(),
  );
});
