import { SinkError } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect, it } from 'vitest';
import { type RunLine, readJournal, runsTable, writeJournal } from '../../src/sync/journal.ts';

const open = (database: MemoryDatabase) => memorySink.open({ database }, { baseDir: '/' });

function line(run: string, more: Partial<RunLine> = {}): RunLine {
  return {
    run,
    kind: 'run',
    startedAtMs: Date.UTC(2026, 0, 1),
    endedAtMs: Date.UTC(2026, 0, 1, 1),
    outcome: 'complete',
    errorCode: undefined,
    error: undefined,
    fromMs: undefined,
    toMs: Date.UTC(2025, 11, 31),
    seen: 7,
    loaded: 3,
    refreshed: 2,
    known: 1,
    failed: 1,
    deleted: 0,
    differences: 0,
    bytes: 1234,
    commits: 2,
    version: '1.0.0',
    ...more,
  };
}

it('gives the lines back as they were written, the newest first', async () => {
  await using sink = await open(new MemoryDatabase());
  expect(await readJournal(sink, 'docs', 10)).toEqual([]);
  const first = line('a');
  const second = line('b', {
    ...{ outcome: 'failed', errorCode: 'SOURCE_OUTAGE', error: 'no file', kind: 'sweep' },
  });
  await writeJournal(sink, 'docs', first);
  await writeJournal(sink, 'docs', second);
  expect(await readJournal(sink, 'docs', 10)).toEqual([second, first]);
  expect(await readJournal(sink, 'docs', 1)).toEqual([second]);
});

it('keeps so many lines and no more', async () => {
  await using sink = await open(new MemoryDatabase());
  for (let at = 0; at < 25; at += 1) await writeJournal(sink, 'docs', line(`r${at}`), 10);
  const ids = Array.from({ length: 30 }, (_, at) => at.toString(16).padStart(32, '0'));
  const kept: string[] = [];
  for await (const { row } of sink.rows(runsTable('docs'), ids)) kept.push(String(row[0]));
  expect(kept.sort()).toEqual(Array.from({ length: 10 }, (_, at) => `r${at + 15}`).sort());
  const read = await readJournal(sink, 'docs', 100, 10);
  expect(read.map(({ run }) => run)).toEqual(Array.from({ length: 10 }, (_, at) => `r${24 - at}`));
});

it('takes turns with others that write at the same time', async () => {
  const database = new MemoryDatabase();
  await using one = await open(database);
  await using other = await open(database);
  const names = Array.from({ length: 6 }, (_, at) => `r${at}`);
  await Promise.all(
    names.map((name, at) => writeJournal(at % 2 === 0 ? one : other, 'docs', line(name))),
  );
  const read = await readJournal(one, 'docs', 10);
  expect(read.map(({ run }) => run).sort()).toEqual(names);
});

it('writes a line once though the answer of its commit is lost', async () => {
  await using sink = await open(new MemoryDatabase());
  let losses = 1;
  const lossy = {
    ...Object.fromEntries(
      (['readState', 'documents', 'rows', 'clear'] as const).map((name) => [
        name,
        // biome-ignore lint/suspicious/noExplicitAny: passes everything on
        (...given: any[]) => (sink as any)[name](...given),
      ]),
    ),
    begin: async (target: Parameters<typeof sink.begin>[0]) => {
      const load = await sink.begin(target);
      return {
        stage: (documents: Parameters<typeof load.stage>[0]) => load.stage(documents),
        commit: async (state: string) => {
          const result = await load.commit(state);
          if (losses-- > 0) throw new SinkError('SINK_UNAVAILABLE', 'lost', { retryable: true });
          return result;
        },
        [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
      };
    },
  } as unknown as typeof sink;
  await writeJournal(lossy, 'docs', line('a'));
  expect(await readJournal(sink, 'docs', 10)).toEqual([line('a')]);
});
