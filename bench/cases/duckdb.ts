import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentTransform, filesTable } from '@tdp-sync/core';
import type { Document, Row } from '@tdp-sync/sink';
import { duckdbSink } from '@tdp-sync/sink-duckdb';
import { report } from '../process.ts';

/** DuckDB alone: the same rows, already in memory, through the same guarded replace. */
interface Input {
  readonly files: number;
  readonly bytes: number;
  readonly batch: number;
}

const { files, bytes, batch } = JSON.parse(process.argv[2] ?? '{}') as Input;
const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
const validated = await duckdbSink.config['~standard'].validate({ path: 'bench.duckdb' });
if (validated.issues !== undefined) throw new Error("The bench's own config is refused.");
const tables = [filesTable('docs'), ...documentTransform('docs').declared];
const tail = `"${'lorem ipsum dolor sit amet '.repeat(Math.ceil(bytes / 27)).slice(0, Math.max(bytes - 60, 0))}"`;

await report(async () => {
  const sink = await duckdbSink.open(validated.value, { baseDir: folder });
  let since: string | undefined;
  for (let start = 0; start < files; start += batch) {
    const documents = Array.from({ length: Math.min(batch, files - start) }, (_, index) =>
      documentOf(start + index),
    );
    const state = `up to ${start}`;
    await using load = await sink.begin({ sync: 'docs', tables, since });
    await load.stage(documents);
    await load.commit(state);
    since = state;
  }
  await sink[Symbol.asyncDispose]();
  return files;
});
await rm(folder, { recursive: true });

function documentOf(index: number): Document {
  const id = createHash('sha256').update(String(index)).digest('hex').slice(0, 32);
  const content = `{"reading":${index},"id":"${id}","note":${tail}}`;
  const row: Row = (tables[0]?.columns ?? []).map(({ name, type }) => {
    if (type === 'int64') return BigInt(index);
    if (type === 'timestamp') return '2026-01-01T00:00:00.000000Z';
    return type === 'json' ? '[{"name":"project","value":"bench"}]' : `${name} ${index}`;
  });
  return {
    id,
    order: `order-${index}`,
    status: 'loaded',
    rows: new Map([
      ['docs_files', [row]],
      ['docs', [[content]]],
    ]),
  };
}
