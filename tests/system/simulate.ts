import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_SWITCHES } from '@tdp-sync/emulator';
import type { Engine } from './sim/engine.ts';
import { CALM, type Scenario, scenarioOf } from './sim/scenario.ts';
import { simulate } from './sim/simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    /** How many of the last lines of the trace are shown. */
    trace: { type: 'string', default: '60' },
    /** Another engine: the index.ts of a copy of core's sources below this folder. */
    core: { type: 'string' },
  },
});

const core: Engine =
  values.core === undefined
    ? await import('@tdp-sync/core')
    : await import(pathToFileURL(values.core).href);
const first = Number(values.seed ?? values.first);
const seeds = values.seed === undefined ? Number(values.seeds) : 1;
const started = performance.now();
const sums: Record<string, number> = {};
let failures = 0;
for (let seed = first; seed < first + seeds; seed += 1) {
  const scenario = scenarioOf(seed);
  const { violation, trace, counts } = await simulate(scenario, core);
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  if (violation !== undefined) {
    failures += 1;
    console.log(`\nseed ${seed}: ${violation}`);
    if (failures === 1 || seeds === 1)
      for (const line of trace.slice(trace.length - Number(values.trace))) console.log(line);
    console.log(JSON.stringify(differing(scenario)));
    console.log(`replay: npm run simulate -- --seed ${seed}`);
  }
  if ((seed - first) % 100 === 99) console.log(`${seed - first + 1} of ${seeds} seeds`);
}
const seconds = (performance.now() - started) / 1000;
console.log(`${seeds} seeds in ${seconds.toFixed(1)} s, ${failures} failures`, sums);
process.exitCode = failures > 0 ? 1 : 0;

/** What a scenario is, where it is not the calm one. */
function differing(scenario: Scenario): unknown {
  const switches = Object.entries(scenario.switches).filter(([name, value]) =>
    Object.entries(DEFAULT_SWITCHES).every(([other, usual]) => other !== name || usual !== value),
  );
  return { ...CALM, ...scenario, switches: Object.fromEntries(switches) };
}
