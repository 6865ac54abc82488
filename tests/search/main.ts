import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { askNode } from './ask.ts';
import { ANSWERS, cases, kept, SEED } from './cases.ts';
import { differ } from './differ.ts';
import { fill, labOf } from './lab.ts';
import { hasNode, startNode, title } from './node/node.ts';
import { requestOf } from './requests/request.ts';

const { values } = parseArgs({
  options: {
    /** The first of the random requests, and how many. */
    first: { type: 'string', default: '0' },
    count: { type: 'string', default: '2000' },
    /** The seed of the documents. */
    seed: { type: 'string', default: String(SEED) },
    /** Asks the node for the small cases, and keeps its answers. */
    record: { type: 'boolean', default: false },
  },
});

if (!hasNode) throw new Error(title('there is no node'));
await using node = await startNode();
const emulator = labOf(Number(values.seed));
await fill(node, emulator);
if (values.record) {
  const answers: Record<string, unknown> = {};
  for (const request of await cases()) answers[request] = kept(await askNode(node, request));
  await writeFile(ANSWERS, `${JSON.stringify(answers, null, 2)}\n`);
} else {
  const first = Number(values.first);
  const numbers = Array.from({ length: Number(values.count) }, (_, at) => first + at);
  const started = performance.now();
  const outcome = await differ(
    node,
    emulator,
    numbers.map((number) => JSON.stringify(requestOf(number))),
  );
  for (const found of outcome.unknown) console.log(`\n${found}`);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${seconds.toFixed(1)} s`, { ...outcome, unknown: outcome.unknown.length });
  process.exitCode = outcome.unknown.length > 0 ? 1 : 0;
}
