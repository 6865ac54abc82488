import { blocksOf } from '../../src/session.ts';
import { deathQuestions, loadQuestions } from './loads.ts';
import { lockQuestions } from './locks.ts';
import type { Question, Trial } from './trial.ts';

/** The first cell of each row. */
async function cells({ session }: Trial, statement: string): Promise<readonly unknown[]> {
  return (await session.query(statement)).rows.map(([cell]) => cell);
}

/** What an expression is, as a text made by the server. */
const value =
  (expression: string): Question =>
  async (trial) =>
    (await cells(trial, `SELECT TO_VARCHAR(${expression})`))[0];

const FLOATS = ['0.1', '5e-324', '1e308', '1.7976931348623157e308', '-0', '0.30000000000000004'];
const MB = 1_048_576;

/** In the order in which they matter. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  'which version': value('CURRENT_VERSION()'),
  ...lockQuestions,
  'a block inside of a transaction is part of it': async (trial) => {
    const { session } = trial;
    await session.query('CREATE OR REPLACE TABLE B (N NUMBER)');
    await session.query('BEGIN TRANSACTION');
    const [block = ''] = blocksOf(['INSERT INTO B SELECT 1', 'INSERT INTO B SELECT 2']);
    await session.query(block);
    const isOpen = await cells(trial, 'SELECT TO_VARCHAR(CURRENT_TRANSACTION() IS NOT NULL)');
    await session.query('ROLLBACK');
    return { isOpen, left: await cells(trial, 'SELECT TO_VARCHAR(COUNT(*)) FROM B') };
  },
  'floats come back to the last bit': async (trial) => {
    const read = await Promise.all(
      FLOATS.map(async (text) => {
        const [found] = await cells(trial, `SELECT TO_VARCHAR('${text}'::FLOAT, 'TME')`);
        return Object.is(Number(found), Number(text));
      }),
    );
    return Object.fromEntries(FLOATS.map((text, at) => [text, read[at]]));
  },
  'year 1': value("'0001-01-01'::DATE"),
  'a day of 1582 that the calendar left out': value("'1582-10-10'::DATE"),
  'an instant of year 1': value(
    "CONVERT_TIMEZONE('UTC', '0001-01-01T00:00:00.000001+00:00'::TIMESTAMP_TZ(6))::TIMESTAMP_NTZ(6)",
  ),
  'JSON null is not NULL': value("TO_JSON(PARSE_JSON('null'))"),
  'a doubled key': value(`TO_JSON(PARSE_JSON('{"a":1,"a":2}', 'd'))`),
  'a number of forty digits': value(`TO_JSON(PARSE_JSON('${'1234567890'.repeat(4)}'))`),
  'a document of 10,000 levels': value(
    `TYPEOF(PARSE_JSON(REPEAT('[', 10000) || REPEAT(']', 10000)))`,
  ),
  'a text of 20 MB': value(`LENGTH(REPEAT('x', ${20 * MB}))`),
  'a text of 128 MB': value(`LENGTH(REPEAT('x', ${128 * MB}))`),
  'what columns are called': async ({ session }) => {
    await session.query(
      "CREATE TABLE D (A VARCHAR, B VARCHAR(134217728), C TIMESTAMP_TZ(6), D TIMESTAMP_NTZ(6), E VARIANT, F FLOAT) DEFAULT_DDL_COLLATION = ''",
    );
    return (await session.query('DESCRIBE TABLE D')).rows.map(([, type]) => type);
  },
  'an answer is kept, without a warehouse': async (trial) => {
    await trial.session.query('CREATE OR REPLACE TABLE K (N NUMBER)');
    for (let times = 0; times < 2; times += 1)
      await trial.session.query('SELECT TO_VARCHAR(COUNT(*)) FROM K');
    const { rows } = await trial.session.query(
      'SELECT QUERY_TYPE, TO_VARCHAR(WAREHOUSE_SIZE), TO_VARCHAR(TOTAL_ELAPSED_TIME) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION()) ORDER BY START_TIME',
    );
    return rows;
  },
  'files that are left in the stage of a temporary table': async ({ session }) => {
    await session.query('CREATE OR REPLACE TEMPORARY TABLE L (V VARIANT)');
    await session.put(
      'PUT file:///tdp-sync/a.json @%L AUTO_COMPRESS=FALSE OVERWRITE=TRUE',
      Buffer.from('{"a":1}\n'),
    );
    const before = (await session.query('LIST @%L')).rows.length;
    await session.query(
      'COPY INTO L FROM @%L FILE_FORMAT = (TYPE = JSON ALLOW_DUPLICATE = TRUE) PURGE = TRUE',
    );
    const after = (await session.query('LIST @%L')).rows.length;
    return { before, after };
  },
  ...loadQuestions,
  // Last: it takes minutes.
  ...deathQuestions,
};
