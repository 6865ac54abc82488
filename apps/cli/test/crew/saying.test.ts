import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { fingerprints, heardOf } from '../../src/serve/crew/saying.ts';
import type { Runtime } from '../../src/serve/runtime.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tdp-sync-saying-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Written {
  readonly sink?: string;
  readonly sync?: string;
  readonly serve?: string;
  readonly password?: string;
  readonly fingerprint?: string;
}

/** The fingerprints of a config. */
async function of({
  sink = '',
  sync = 'every: 5m',
  serve = '',
  password = 'first-password',
  fingerprint = 'as it is',
}: Written = {}): Promise<Record<string, string>> {
  const file = join(dir, 'tdp-sync.yaml');
  await writeFile(
    file,
    `sink: { type: postgres, url: "postgres://u:\${DB_PASSWORD}@db.example/lab" ${sink} }\nserve: { ${serve} }\nsyncs:\n  lab: { ${sync} }\n`,
  );
  const loaded = await loadConfig(file, { environment: { DB_PASSWORD: password } });
  return fingerprints({
    loaded,
    source: { url: 'https://tdp.example', id: 'lab' },
    transforms: new Map([['lab', { fingerprint }]]),
  } as unknown as Runtime);
}

it('what decides about rows makes a config another one, part by part', async () => {
  const base = await of();
  expect(Object.keys(base)).toEqual(['source', 'sink', 'syncs.lab']);
  const differing = async (written: Written): Promise<readonly string[]> => {
    const other = await of(written);
    return Object.keys(base).filter((part) => base[part] !== other[part]);
  };
  expect(await differing({ sink: ', schema: other' })).toEqual(['sink']);
  expect(await differing({ sync: 'every: 6m' })).toEqual(['syncs.lab']);
  expect(await differing({ fingerprint: 'another transform' })).toEqual(['syncs.lab']);
  // A password that is renewed, and what is about one process only, are none.
  expect(await differing({ password: 'second-password' })).toEqual([]);
  expect(await differing({ serve: 'listen: 127.0.0.1:9999, concurrentSyncs: 2' })).toEqual([]);
});

it('what another version says in another way is passed over, and the replica is known', () => {
  const says = { name: 'pod:1', version: '9', config: {}, isStopping: false, limit: 4, jobs: [] };
  const heard = heardOf([
    { id: 'a', firstMsAgo: 1, says },
    { id: 'b', firstMsAgo: 2, says: { ...says, jobs: 'many' } },
    { id: 'c', firstMsAgo: 3, says: null },
  ]);
  expect(heard.map(({ id, says: said }) => [id, said?.name])).toEqual([
    ['a', 'pod:1'],
    ['b', undefined],
    ['c', undefined],
  ]);
});
