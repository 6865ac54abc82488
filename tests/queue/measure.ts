/**
 * What the queue on PostgreSQL costs, and how soon a task is taken: `node tests/queue/measure.ts`, a minute and a half. The README of
 * `packages/queue-postgres` has the numbers.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Queue } from '@tdp-sync/queue';
import { createDatabase, ownServer } from '../../packages/sink-postgres/test/server.ts';
import { newSchema, open, sql } from './lab.ts';

const NEVER = new AbortController().signal;
const server = await ownServer();
await createDatabase(server, 'lab');
const url = server.url('lab');
const schema = newSchema();
const [a, b] = [await open(url, schema, 'a'), await open(url, schema, 'b')];

say('taken by the one that has scheduled it', await latencies(b, b));
say('taken by another', await latencies(a, b));
await b[Symbol.asyncDispose]();
await idle(a);
await crowded(a);
await a[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();

function say(what: string, numbers: string): void {
  process.stdout.write(`${what}: ${numbers}\n`);
}

/** From one replica's schedule to another's take, at moments spread over the second in which it asks. */
async function latencies(by: Queue, to: Queue): Promise<string> {
  const found: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const taken = to.take(NEVER).then((task) => ({ task, at: performance.now() }));
    await pause(300 + n * 50);
    const since = performance.now();
    await by.schedule({ key: `run ${n}`, data: n });
    const { task, at } = await taken;
    found.push(at - since);
    await to.done(task, null);
  }
  found.sort((one, other) => one - other);
  return `${Math.round(found[10] ?? 0)} ms in the median, ${Math.round(found.at(-1) ?? 0)} at most`;
}

/** A replica that waits for a task and looks every two seconds, for a minute. */
async function idle(queue: Queue): Promise<void> {
  const waits = queue.take(NEVER).catch(() => undefined);
  const looks = setInterval(() => void queue.look(null), 2_000);
  await pause(17_000);
  const [before, cpu, since] = [await transactions(), process.cpuUsage(), performance.now()];
  await pause(60_000);
  const seconds = (performance.now() - since) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  // The server tells its numbers a second late.
  await pause(1_500);
  const perSecond = ((await transactions()) - before) / seconds;
  const percent = (user + system) / 10_000 / seconds;
  say('idle', `${perSecond.toFixed(1)} transactions per second, ${percent.toFixed(2)}% of a core`);
  clearInterval(looks);
  waits.catch(() => undefined);
}

async function transactions(): Promise<number> {
  const [row] = await sql(
    url,
    "SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = 'lab'",
  );
  return Number(row?.['count']);
}

/** A look where a thousand tasks are shown. */
async function crowded(queue: Queue): Promise<void> {
  for (let n = 0; n < 1_000; n += 1) {
    await queue.schedule({ key: `old ${n}`, data: n });
    await queue.stop(`old ${n}`);
  }
  const since = performance.now();
  for (let n = 0; n < 20; n += 1) await queue.look(null);
  say('a look at 1,000 tasks', `${((performance.now() - since) / 20).toFixed(1)} ms`);
}
