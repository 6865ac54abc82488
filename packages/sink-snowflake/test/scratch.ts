import { sinkCases } from '@tdp-sync/sink/conformance';
import { harness } from '../src/conformance.ts';
import { configOf, startFront } from './server.ts';
console.log('start', performance.now());
const front = await startFront();
console.log('started', performance.now());
const orig = front.onStatement;
front.onStatement = (a) => { if (process.env.V) console.log('  S', Math.round(performance.now()), a.again, a.text.slice(0, 300)); return orig(a); };
const cases = sinkCases(harness({ ...configOf(front), identifiers: 'exact' }));
const only = process.argv[2] ?? '';
let n = 0, bad = 0;
for (const c of cases) {
  if (!c.name.match(new RegExp(only))) continue;
  const t = performance.now();
  try { await c.run(); n++; console.log('ok', Math.round(performance.now() - t), front.statements.length, c.name); }
  catch (e) { bad++; console.log('BAD', Math.round(performance.now() - t), c.name, e instanceof Error ? (e.stack ?? '').slice(0, 900) : e, (e as any)?.cause); }
  front.reset();
  front.onStatement = (a) => { if (process.env.V) console.log('  S', Math.round(performance.now()), a.again, a.text.slice(0, 300)); return undefined; };
}
console.log(n, bad);
process.exit(0);
