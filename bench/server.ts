import { startEmulator } from '@tdp-sync/emulator';
import { failByChance } from './latency/chances.ts';
import { act, MODELS } from './latency/models.ts';
import type { ClientRequests, Question, ServerOptions } from './process.ts';
import { RatedClients } from './workers/rated-clients.ts';

const HOUR_MS = 3_600_000;
const {
  files,
  bytes,
  latencyMs = 0,
  cap,
  model,
  chance = 0,
  large = [],
  rate,
  tokens = [],
} = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
const emulator = await startEmulator({ latencyMs, tokens });
// Whatever fails by chance does not come as far as the model.
if (chance > 0) failByChance(emulator.faults, chance);
if (model !== undefined) act(emulator.faults, MODELS[model]);
if (cap !== undefined) emulator.faults.limit({ maxConcurrent: cap });
const clients = rate === undefined ? undefined : new RatedClients(emulator.faults, rate);
const nowMs = Date.now();
const bulk = emulator.lake.addBulk({
  count: files,
  bytes,
  indexedFrom: nowMs - 5 * HOUR_MS,
  indexedTo: nowMs - 3 * HOUR_MS,
});
for (const [n, size] of large.entries()) {
  const content = JSON.stringify({
    number: n,
    text: 'lorem ipsum dolor sit amet '.repeat(size / 27),
  });
  emulator.lake.put({
    path: `/large/${n}.json`,
    category: 'IDS',
    content,
    indexedAt: nowMs - 2 * HOUR_MS,
  });
}

let cpu = process.cpuUsage();
let renewed = 0;

const answers: { readonly [Ask in Question['ask']]: (count: number) => object | number } = {
  cpu: () => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    return (user + system) / 1000;
  },
  clients: (): readonly ClientRequests[] => clients?.take() ?? [],
  stats: () => {
    const { searches, retrieves, downloads, byStatus } = emulator.stats;
    const refused = byStatus.get(429) ?? 0;
    emulator.stats.reset();
    return { searches, retrieves, downloads, refused };
  },
  add: (count) => {
    renewed += 1;
    const indexedFrom = Date.now() - 2 * 60_000;
    const seed = 1 + renewed;
    return emulator.lake.addBulk({ count, bytes, seed, indexedFrom, indexedTo: indexedFrom + 1000 })
      .length;
  },
  renew: (count) => {
    renewed += 1;
    const step = Math.floor(bulk.length / count);
    for (let n = 0; n < count; n += 1) {
      const file = bulk[n * step];
      if (file === undefined) continue;
      const { filePath: path, content, attributes } = file;
      emulator.lake.put({
        path,
        content,
        category: 'IDS',
        source: attributes.source,
        labels: [{ name: 'renewed', value: String(renewed) }],
        indexedAt: Date.now() - 2 * 60_000,
      });
    }
    return count;
  },
};

process.on('message', ({ ask, count = 0 }: Question) => process.send?.(answers[ask](count)));
process.on('disconnect', () => process.exit());
process.send?.({ url: emulator.url, auth: emulator.authFile() });
