import * as core from '@tdp-sync/core';
import { hunt, huntingGround } from './defects/hunt.ts';
import { DEFECTS } from './defects/index.ts';
import { wrongEngine } from './defects/wrong-engine.ts';
import { simulate } from './sim/simulation.ts';

const [part = ''] = process.argv.slice(2);
const most = Number(process.argv[3] ?? 40);
for (const defect of DEFECTS.filter(({ name }) => name.includes(part))) {
  const started = performance.now();
  let line: string;
  try {
    const found = await hunt(defect, await wrongEngine(defect), most);
    if (found === undefined) line = 'NOT CAUGHT';
    else {
      const { violation } = await simulate(huntingGround(defect, found.seed), core);
      const right = defect.caughtBy.test(found.outcome.violation ?? '') ? '' : 'OTHERWISE ';
      const clean =
        violation === undefined ? '' : `AND THE TRUE ENGINE FAILS (${violation.slice(0, 200)}) `;
      line = `${right}${clean}seed ${found.seed}: ${found.outcome.violation?.slice(0, 180)}`;
    }
  } catch (error) {
    line = `BROKEN ${error instanceof Error ? error.message : error}`;
  }
  console.log(`${defect.name} (${Math.round(performance.now() - started)} ms): ${line}`);
}
