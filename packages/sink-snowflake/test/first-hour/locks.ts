import type { SinkError } from '@tdp-sync/sink';
import { snowflakeSink } from '../../src/adapter.ts';
import { loadDriver } from '../../src/driver.ts';
import { readSettings } from '../../src/settings.ts';
import type { Question, Trial } from './trial.ts';

const SESSIONS = 8;
const TIMES = 50;
const LOADS = 4;
const RACES = 20;

/** Whether runners take turns: what all else rests on. */
export const lockQuestions: Readonly<Record<string, Question>> = {
  'n = n + 1 by eight sessions, fifty times each, is 400': async (trial) => {
    await trial.session.query('CREATE OR REPLACE TABLE C AS SELECT 0 AS N');
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => trial.open()));
    await Promise.all(
      sessions.map(async (session) => {
        for (let times = 0; times < TIMES; times += 1) {
          await session.query('BEGIN TRANSACTION');
          await session.query('UPDATE C SET N = N + 1');
          await session.query('COMMIT');
        }
      }),
    );
    return (await trial.session.query('SELECT TO_VARCHAR(N) FROM C')).rows[0]?.[0];
  },
  'of four loads from the same state one commits, twenty times': async ({ config }) => {
    await using sink = await snowflakeSink.open(config, { baseDir: process.cwd() });
    const winners: number[] = [];
    const codes = new Set<string>();
    for (let race = 0; race < RACES; race += 1) {
      const since = await sink.readState('race');
      const loads = await Promise.all(
        Array.from({ length: LOADS }, () => sink.begin({ sync: 'race', tables: [], since })),
      );
      const ended = await Promise.allSettled(loads.map((load, at) => load.commit(`${race} ${at}`)));
      winners.push(ended.filter(({ status }) => status === 'fulfilled').length);
      for (const one of ended) {
        if (one.status === 'rejected') codes.add((one.reason as SinkError).code);
      }
    }
    return { winners, codes: [...codes] };
  },
  'a statement that is sent twice with one request is carried out so often': async (trial) => {
    await trial.session.query('CREATE OR REPLACE TABLE R (N NUMBER)');
    await sendTwice(trial, 'INSERT INTO R SELECT 1', false);
    return (await trial.session.query('SELECT TO_VARCHAR(COUNT(*)) FROM R')).rows[0]?.[0];
  },
  'and so often when the first is still running': async (trial) => {
    await trial.session.query('CREATE OR REPLACE TABLE S (N NUMBER)');
    await sendTwice(trial, 'INSERT INTO S SELECT 1 WHERE SYSTEM$WAIT(5) IS NOT NULL', true);
    return (await trial.session.query('SELECT TO_VARCHAR(COUNT(*)) FROM S')).rows[0]?.[0];
  },
};

/** Sends a statement, and then the same request once more, as the driver does when an answer is lost. */
async function sendTwice({ config }: Trial, sqlText: string, isAtOnce: boolean): Promise<void> {
  const driver = await loadDriver();
  const connection = driver.createConnection(await readSettings(config, process.cwd()).connect());
  await connection.connectAsync();
  const requestId = crypto.randomUUID();
  const send = () =>
    new Promise<void>((resolve, reject) => {
      const complete = (error: unknown) => (error ? reject(error) : resolve());
      connection.execute({ sqlText, requestId, complete });
    });
  if (isAtOnce) await Promise.all([send(), send()]);
  else {
    await send();
    await send();
  }
  await new Promise((done) => connection.destroy(done));
}
