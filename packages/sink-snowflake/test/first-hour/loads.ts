import { snowflakeSink } from '../../src/adapter.ts';
import { documentOf } from '../lab.ts';
import type { Question, Trial } from './trial.ts';

const COUNTS = [1, 10, 60];

/** What a load costs in time, and what it may find. */
export const loadQuestions: Readonly<Record<string, Question>> = {
  'seconds of a commit, by the number of its tables': async ({ config }) => {
    await using sink = await snowflakeSink.open(config, { baseDir: process.cwd() });
    const seconds: Record<number, number> = {};
    for (const count of COUNTS) {
      const tables = Array.from({ length: count }, (_, at) => ({
        name: `t${at}`,
        columns: [{ name: 'value', type: 'string' as const }],
      }));
      await using load = await sink.begin({
        sync: 'cost',
        tables,
        since: await sink.readState('cost'),
      });
      const rows = Object.fromEntries(tables.map(({ name }) => [name, [['a']]]));
      await load.stage([documentOf(count, '1', rows)]);
      const began = performance.now();
      await load.commit(String(count));
      seconds[count] = Math.round((performance.now() - began) / 100) / 10;
    }
    return seconds;
  },
  'texts of a table compare by their codes where the schema says otherwise': async (trial) => {
    const { session, schema } = trial;
    await session.query(`ALTER SCHEMA ${schema} SET DEFAULT_DDL_COLLATION = 'en-ci'`);
    await session.query("CREATE OR REPLACE TABLE E (A VARCHAR) DEFAULT_DDL_COLLATION = ''");
    await session.query('ALTER TABLE E ADD COLUMN IF NOT EXISTS B VARCHAR');
    await session.query("INSERT INTO E SELECT 'x', 'x'");
    const { rows } = await session.query("SELECT TO_VARCHAR(A = 'X'), TO_VARCHAR(B = 'X') FROM E");
    return { equal: rows[0] };
  },
};

/** For how long: up to a quarter of an hour. */
export const deathQuestions: Readonly<Record<string, Question>> = {
  'a transaction that nobody goes on with keeps another one waiting, and is ended then': waiting,
};

async function waiting(trial: Trial): Promise<unknown> {
  const [dead, next] = [await trial.open(), await trial.open()];
  await next.query('CREATE OR REPLACE TABLE W AS SELECT 0 AS N');
  await dead.query('BEGIN TRANSACTION');
  await dead.query('UPDATE W SET N = 1');
  const began = performance.now();
  await next.query('UPDATE W SET N = N + 2');
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { seconds, left: (await next.query('SELECT TO_VARCHAR(N) FROM W')).rows[0]?.[0] };
}
