import { createDatabase, ownServer } from '../../packages/sink-postgres/test/server.ts';
import { newSchema, open, sql } from './lab.ts';

const server = await ownServer();
await createDatabase(server, 'lab');
const url = server.url('lab');
const schema = newSchema();
const t = performance.now();
const a = await open(url, schema, 'a');
console.log('first open ms', Math.round(performance.now() - t));
const t1 = performance.now();
const b = await open(url, schema, 'b');
console.log('second open ms', Math.round(performance.now() - t1));
const never = new AbortController().signal;
const lat: number[] = [];
const own: number[] = [];
for (let n = 0; n < 40; n += 1) {
  const by = n % 2 ? a : b;
  const w = b.take(never).then((x) => [x, performance.now()] as const);
  await new Promise((r) => setTimeout(r, 300 + ((n * 97) % 700)));
  const s = performance.now();
  await by.schedule({ key: `k${n}`, data: n });
  const [x, at] = await w;
  (by === b ? own : lat).push(at - s);
  await b.done(x, null);
}
const q = (xs: number[], p: number) =>
  Math.round([...xs].sort((x, y) => x - y)[Math.floor(p * (xs.length - 1))] ?? 0);
console.log(
  'latency other: median',
  q(lat, 0.5),
  'max',
  q(lat, 1),
  'own: median',
  q(own, 0.5),
  'max',
  q(own, 1),
);
// idle replica: look each 2 s, a take waiting
await b[Symbol.asyncDispose]();
const stat = async () =>
  (
    await sql(
      url,
      "SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = 'lab'",
    )
  )[0]?.['n'];
const w = a.take(never).catch(() => undefined);
const timer = setInterval(() => a.look({ doing: null }).catch(console.error), 2_000);
await new Promise((r) => setTimeout(r, 17_000));
const n0 = Number(await stat());
const c0 = process.cpuUsage();
const t0 = performance.now();
await new Promise((r) => setTimeout(r, 60_000));
const sec = (performance.now() - t0) / 1000;
const cpu = process.cpuUsage(c0);
await new Promise((r) => setTimeout(r, 1500));
console.log(
  'idle: transactions/s',
  ((Number(await stat()) - n0) / sec).toFixed(2),
  'cpu ms/s',
  ((cpu.user + cpu.system) / 1000 / sec).toFixed(2),
  'conns',
  (
    await sql(
      url,
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tdp-sync-queue'",
    )
  )[0],
);
clearInterval(timer);
// look with many ended
for (let n = 0; n < 1000; n += 1) {
  await a.schedule({ key: `m${n}`, data: { sync: 'x', kind: 'run' } });
  await a.stop(`m${n}`);
}
const l = performance.now();
const lc = process.cpuUsage();
for (let n = 0; n < 20; n += 1) await a.look(null);
const cc = process.cpuUsage(lc);
console.log(
  'look at 1000 tasks ms',
  ((performance.now() - l) / 20).toFixed(1),
  'cpu',
  ((cc.user + cc.system) / 20000).toFixed(1),
);
await a[Symbol.asyncDispose]();
await w;
await server[Symbol.asyncDispose]();
