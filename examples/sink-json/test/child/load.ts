import { SinkError } from '@tdp-sync/sink';
import { jsonSink } from '../../src/index.ts';

const TABLES = [{ name: 'runs', columns: [{ name: 'name', type: 'string' }] }] as const;

/** Commits one document of one row to the `lab.json` of a folder, and counts the state up. Told of a conflict, it tries again. */
export async function load(baseDir: string, key: number, name: string): Promise<void> {
  // Not `await using`, which Node 22 does not know in a file that it runs as it is.
  const sink = await jsonSink.open({ path: './lab.json' }, { baseDir });
  for (let isDone = false; !isDone; ) {
    const since = await sink.readState('lab');
    const opened = await sink.begin({ sync: 'lab', tables: TABLES, since });
    const id = key.toString(16).padStart(32, '0');
    await opened.stage([
      { id, order: name, status: 'loaded', rows: new Map([['runs', [[name]]]]) },
    ]);
    isDone = await opened.commit(String(Number(since ?? 0) + 1)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof SinkError && error.code === 'STATE_CONFLICT') return false;
        throw error;
      },
    );
  }
  await sink[Symbol.asyncDispose]();
}
