import { sync } from '@tdp-sync/core';
import { report } from '../process.ts';
import { type Corpus, readCorpus } from '../tables/corpus.ts';
import { duckdbFile } from '../tables/duckdb-file.ts';
import { MemorySource } from '../tables/memory-source.ts';
import { RecordingSink } from '../tables/recording-sink.ts';
import { type Shape, transformOf } from '../tables/shapes.ts';

/** DuckDB alone: the very loads of a sync, with all rows made before, staged and committed by the sink. */
interface Input {
  readonly folder: string;
  readonly mapping?: Corpus['mapping'];
  readonly shape: Shape;
  readonly files: number;
}

const { folder, mapping, shape, files } = JSON.parse(process.argv[2] ?? '{}') as Input;
const contents = await readCorpus(folder);
await using warm = await duckdbFile();
await replay(await recorded(Math.ceil(files / 10)), warm);
const recording = await recorded(files);
await using database = await duckdbFile();
await report(
  () => replay(recording, database),
  async () => ({ rows: await database.rows(), commits: recording.loads.length }),
);

async function recorded(count: number): Promise<RecordingSink> {
  const source = new MemorySource();
  source.add(contents, count);
  const sink = new RecordingSink();
  const transform = transformOf(shape, mapping);
  await sync({ name: 'docs', source, sourceId: 'bench', sink, transform });
  return sink;
}

async function replay({ loads }: RecordingSink, into: typeof warm): Promise<number> {
  await using sink = await into.open();
  let staged = 0;
  for (const { target, documents, state } of loads) {
    await using load = await sink.begin(target);
    if (documents.length > 0) await load.stage(documents);
    staged += (await load.commit(state)).applied;
  }
  return staged;
}
