import { jsonSink } from '../../src/index.ts';

const TABLES = [{ name: 'runs', columns: [{ name: 'name', type: 'string' }] }] as const;

/** Commits one document of one row to the `lab.json` of a folder, and counts the state up. Told of a conflict, it tries again. */
export async function load(baseDir: string, key: number, name: string): Promise<void> {
  await using sink = await jsonSink.open({ path: './lab.json' }, { baseDir });
  for (;;) {
    const since = await sink.readState('lab');
    await using opened = await sink.begin({ sync: 'lab', tables: TABLES, since });
    const id = key.toString(16).padStart(32, '0');
    await opened.stage([
      { id, order: name, status: 'loaded', rows: new Map([['runs', [[name]]]]) },
    ]);
    try {
      await opened.commit(String(Number(since ?? 0) + 1));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'STATE_CONFLICT'))
        throw error;
    }
  }
}
