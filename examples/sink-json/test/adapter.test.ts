import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonSink } from '../src/index.ts';

test('what is wrong in the config is named', async () => {
  const result = await jsonSink.config['~standard'].validate({ path: '', colour: 'red' });
  expect(result.issues?.map(({ path }) => path)).toEqual([['path'], []]);
});

test('a file that this sink has not written is refused, and left as it is', async () => {
  const baseDir = await mkdtemp(join(tmpdir(), 'sink-json-foreign-'));
  try {
    for (const text of ['{"mine":1}', 'no JSON', 'null']) {
      await writeFile(join(baseDir, 'lab.json'), text);
      const opened = jsonSink.open({ path: 'lab.json' }, { baseDir });
      await expect(opened).rejects.toMatchObject({ name: 'SinkError', code: 'SINK_FAILED' });
      expect(await readFile(join(baseDir, 'lab.json'), 'utf8')).toBe(text);
    }
    const missing = jsonSink.open({ path: 'no/such/folder/lab.json' }, { baseDir });
    await expect(missing).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' });
  } finally {
    await rm(baseDir, { recursive: true });
  }
});
