import { createEmulator, type Emulator } from '@tdp-sync/emulator';
import { expect, it } from 'vitest';
import { type FromQuery, fromQuery } from '../../apps/cli/src/config/query.ts';

const HOUR = 3_600_000;
const FIRST = Date.UTC(2026, 7, 19, 14);

/** Files of each category and source type, indexed hour by hour around a midnight in two zones. */
function lab(): Emulator {
  let time = FIRST;
  const emulator = createEmulator({ now: () => time });
  for (const hour of Array(14).keys()) {
    time = FIRST + hour * HOUR;
    const category = hour % 2 === 1 ? 'IDS' : 'RAW';
    const type = 'abc'.charAt(hour % 3);
    emulator.lake.put({ path: `/${hour}.json`, category, content: '{}', source: { type } });
  }
  time += 24 * HOUR;
  return emulator;
}

function found(emulator: Emulator, query: unknown): readonly string[] {
  const { status, body } = emulator.handle({
    method: 'POST',
    url: '/v1/datalake/searchEql',
    headers: { 'ts-auth-token': emulator.token, 'x-org-slug': emulator.org },
    body: Buffer.from(JSON.stringify({ query, size: 100 })),
  });
  const answer = Buffer.from(body).toString();
  if (status !== 200) throw new Error(`${JSON.stringify(query)}: ${answer}`);
  const { hits } = JSON.parse(answer) as { hits: { hits: { _id: string }[] } };
  return hits.hits.map(({ _id: id }) => id).sort();
}

function asConfig({ filter, since }: FromQuery): unknown {
  const window = since === undefined ? [] : [{ range: { indexedAt: { gte: since } } }];
  return { bool: { filter: [...filter, ...window] } };
}

const of = (type: string) => ({ term: { 'source.type': type } });
const IDS = { term: { category: 'IDS' } };

/** Every choice of each part with every choice of the others; `undefined` leaves a part out. */
function combined(
  parts: Readonly<Record<string, readonly unknown[]>>,
): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(parts).reduce<readonly Readonly<Record<string, unknown>>[]>(
    (all, [key, choices]) =>
      all.flatMap((one) => choices.map((choice) => ({ ...one, [key]: choice }))),
    [{}],
  );
}

const BOOLS = combined({
  must: [undefined, [], IDS],
  should: [[], of('a'), [of('a'), of('b'), IDS]],
  must_not: [undefined, [of('c')]],
  minimum_should_match: [undefined, 0, 1, 2, -1, '0%', '50%', '-100%', '2<50%'],
});

const RANGES = combined({
  gte: [undefined, '2026-08-20', '2026-08-19T20:00:00Z'],
  gt: [undefined, '2026-08-19', '2026-08-19T17:00'],
  time_zone: [undefined, '+09:00', '-02:00'],
});

it.each([
  ['bool', BOOLS.map((bool) => ({ bool }))],
  [
    'pair of times',
    RANGES.flatMap((indexedAt) =>
      [{ match_all: {} }, { range: { indexedAt: { gte: '2026-08-19T16:00' } } }].map((other) => ({
        bool: { must: [{ range: { indexedAt } }, other, IDS] },
      })),
    ),
  ],
])('every %s becomes what selects the same files', (_what, queries) => {
  const emulator = lab();
  const results = new Set<string>();
  for (const query of queries) {
    const read = fromQuery(JSON.stringify({ query }));
    if (read === undefined) throw new Error(`no search: ${JSON.stringify(query)}`);
    expect(read.left.filter((said) => !said.startsWith('should: beside'))).toEqual([]);
    const files = found(emulator, query);
    expect(found(emulator, asConfig(read)), JSON.stringify(query)).toEqual(files);
    results.add(files.join());
  }
  expect(results.size).toBeGreaterThan(5);
});
