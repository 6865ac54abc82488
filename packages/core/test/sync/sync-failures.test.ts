import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { parseOrder } from '../../src/position/order.ts';
import { documentTransform } from '../../src/transform/document.ts';
import type { Transform } from '../../src/transform/transform.ts';
import { HOUR, MINUTE, World } from '../world.ts';

function worldOf(count: number): World {
  const world = new World();
  for (let file = 0; file < count; file += 1) world.lake.put(`f${file}`);
  return world;
}

const down = new SyncError('SOURCE_UNAVAILABLE', 'S3 is ill', { retryable: true, status: 503 });

test('a file that fails is a row that says why and when it is tried again; the others go on', async () => {
  const world = worldOf(8);
  world.lake.put('bad', { content: 'no JSON' });
  const report = await world.settle({ clock: world.lake.clock(-7 * HOUR) });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 8, failed: 1 });
  expect(world.file('bad')).toMatchObject({
    ...{ status: 'failed', error_code: 'DOCUMENT_INVALID', attempts: 1n, loaded_file_id: null },
    error:
      'The content of this file cannot become a document: it holds a word that JSON does not know.',
    error_at: 'At byte 0, line 1: a letter.',
    retry_at: new Date(world.lake.nowMs + 5 * MINUTE).toISOString().replace('Z', '000Z'),
  });
  expect(world.documents().size).toBe(8);
});

test('it is tried when it is due, not before, with growing waits, and then it is there', async () => {
  const world = worldOf(3);
  world.lake.ill = ({ path }) => (path === 'f1' ? down : undefined);
  await world.settle();
  expect(await world.settle()).toMatchObject({ retrieved: 0, failing: 1, failed: 0 });
  world.lake.pass(5 * MINUTE);
  expect(await world.settle()).toMatchObject({ retrieved: 1, failed: 1 });
  expect(world.file('f1')).toMatchObject({ attempts: 2n, error: 'S3 is ill' });
  expect(await world.settle()).toMatchObject({ retrieved: 0 });
  // Long out of the lookback.
  world.lake.pass(5 * HOUR);
  world.lake.ill = () => undefined;
  expect(await world.settle()).toMatchObject({ retrieved: 1, loaded: 1, failed: 0 });
  world.expectTruth();
  expect(world.file('f1')).toMatchObject({ error: null, attempts: 0n, retry_at: null });
});

test('a retry tries a file before it is due, once', async () => {
  const world = worldOf(3);
  world.lake.ill = ({ path }) => (path === 'f1' ? down : undefined);
  await world.settle();
  expect(await world.retry()).toMatchObject({ retrieved: 1, failed: 1 });
  world.lake.ill = () => undefined;
  expect(await world.retry()).toMatchObject({ retrieved: 1, loaded: 1 });
  world.expectTruth();
});

test('a failed new version leaves the rows of the old one, and says which they are', async () => {
  const world = worldOf(1);
  await world.settle();
  const old = world.file()['file_id'];
  const content = [...world.documents().values()];
  const { fileId } = world.lake.put('f0', { content: '{' });
  await world.settle();
  expect(world.file()).toMatchObject({ status: 'failed', file_id: fileId, loaded_file_id: old });
  expect([...world.documents().values()]).toEqual(content);
});

test('an outage stops the run, moves nothing on, and the next run resumes', async () => {
  const world = worldOf(30);
  world.lake.ill = () => down;
  const stopped = world.settle();
  await expect(stopped).rejects.toMatchObject({
    code: 'SOURCE_OUTAGE',
    retryable: true,
    status: 503,
  });
  await expect(stopped).rejects.toThrow(/S3 is ill/);
  expect(world.files()).toEqual([]);
  expect(world.database.content.states.size).toBe(0);
  world.lake.ill = () => undefined;
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 30 });
  world.expectTruth();
});

test('ten failures in a row are an outage, however few files there are', async () => {
  const world = worldOf(12);
  world.lake.ill = () => down;
  await expect(world.settle()).rejects.toMatchObject({ code: 'SOURCE_OUTAGE' });
  expect(world.files()).toEqual([]);
});

test('an outage half way keeps what was committed, and files without content do not hide it', async () => {
  const world = new World();
  for (let file = 0; file < 300; file += 1)
    world.lake.put(`f${file}`, { category: file % 3 === 0 ? 'IDS' : 'RAW' });
  let retrievals = 0;
  world.lake.ill = () => {
    retrievals += 1;
    return retrievals > 40 ? down : undefined;
  };
  const batch = { documents: 20 };
  await expect(world.settle({ batch })).rejects.toMatchObject({ code: 'SOURCE_OUTAGE' });
  const { open } = world.state;
  expect(open?.after).toBeDefined();
  const reached = world.files().length;
  expect(reached).toBeGreaterThan(60);
  world.lake.ill = () => undefined;
  world.lake.pass(HOUR);
  await world.settle({ batch });
  world.expectTruth();
});

test('a few bad files among many good ones are no outage, though failing takes longer', async () => {
  const world = worldOf(120);
  const bad = new Set(Array.from({ length: 12 }, (_, index) => `f${index * 10}`));
  world.lake.onRetrieve = async ({ path = '' }) => {
    for (let turn = 0; bad.has(path) && turn < 50; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
  world.lake.ill = ({ path = '' }) => (bad.has(path) ? down : undefined);
  expect(await world.settle({ concurrency: () => 64 })).toMatchObject({ loaded: 108, failed: 12 });
});

test('retries during an outage end early and quietly, and the next run goes on with those that were not tried', async () => {
  const world = worldOf(60);
  const isBad = (path = ''): boolean => /^f\d$|^f1\d$/.test(path);
  world.lake.ill = ({ path }) => (isBad(path) ? down : undefined);
  // Beyond the lookback, only the retries see them.
  const lookbackMs = 0;
  expect(await world.settle({ lookbackMs })).toMatchObject({ loaded: 40, failed: 20 });
  world.lake.pass(2 * HOUR);
  world.lake.ill = () => down;
  expect(await world.settle({ lookbackMs })).toMatchObject({ outcome: 'complete', failed: 10 });
  const attempts = (): number[] =>
    [...(world.database.content.ledgers.get('lab')?.values() ?? [])].flatMap(({ order }) => {
      const stage = parseOrder(order)?.stage;
      return stage?.is === 'failed' ? [stage.attempts] : [];
    });
  expect(attempts().sort()).toEqual([...Array(10).fill(1), ...Array(10).fill(2)]);
  expect(await world.settle({ lookbackMs })).toMatchObject({ outcome: 'complete', failed: 10 });
  expect(attempts()).toEqual(Array(20).fill(2));
});

test('what is wrong with the source as a whole stops at once and is no file’s failure', async () => {
  const world = worldOf(5);
  const refused = new SyncError('AUTH_REJECTED', 'no', { status: 401 });
  world.lake.ill = () => refused;
  await expect(world.settle()).rejects.toBe(refused);
  expect(world.files()).toEqual([]);
});

test('a file that is superseded between search and retrieval is replaced by the next version', async () => {
  const world = worldOf(2);
  world.lake.onRetrieve = ({ path = '', fileId }) => {
    world.lake.onRetrieve = () => undefined;
    world.lake.pass(1000);
    world.lake.drop(fileId);
    world.lake.put(path);
  };
  expect(await world.settle()).toMatchObject({ failed: 1 });
  expect(await world.settle()).toMatchObject({ failed: 0, loaded: 1 });
  world.expectTruth();
});

test('nor do they when the next window looks back on them', async () => {
  const world = worldOf(60);
  world.lake.ill = ({ path = '' }) => (/^f\d$|^f1\d$/.test(path) ? down : undefined);
  await world.settle({ failureBudget: { consecutive: 100 } });
  world.lake.pass(2 * HOUR);
  world.lake.put('new');
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 1, failed: 20 });
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
});

test('of two versions in one reading, a newer one that fails names the older one that was loaded', async () => {
  const world = new World();
  world.lake.put('f', { fileId: 'aa', createdAtMs: world.lake.nowMs - HOUR });
  world.lake.put('f', { fileId: 'bb', keepOld: true, content: '{' });
  await world.settle({ batch: { documents: 1 } });
  expect(world.file('f')).toMatchObject({ status: 'failed', file_id: 'bb', loaded_file_id: 'aa' });
  expect(world.documents().size).toBe(1);
});

test('what a file failed with is stored and told without secrets, whoever has said it', async () => {
  const secret = 'opaque-token-4711';
  const redact = (text: string): string => text.replaceAll(secret, '[redacted]');
  const world = worldOf(3);
  const thrown = new SyncError('TRANSFORM_FAILED', `it threw ${secret}`);
  const ill = new SyncError('SOURCE_UNAVAILABLE', `TDP says: ${secret}`, { status: 503 });
  world.lake.ill = ({ path }) => (path === 'f0' ? ill : undefined);
  const plain = documentTransform('lab');
  const transform = {
    ...plain,
    extract: (...given: Parameters<Transform['extract']>) =>
      given[0].path === 'f1' ? Promise.reject(thrown) : plain.extract(...given),
  };
  await world.settle({ redact, transform });
  expect(world.file('f0')).toMatchObject({ error: 'TDP says: [redacted]' });
  expect(world.file('f1')).toMatchObject({ error: 'it threw [redacted]' });
  const told = world.events.flatMap((event) => (event.type === 'file-failed' ? event.error : []));
  expect(told.map(({ message }) => message).sort()).toEqual([
    'TDP says: [redacted]',
    'it threw [redacted]',
  ]);
  expect(told.find(({ code }) => code === 'SOURCE_UNAVAILABLE')).toMatchObject({ status: 503 });
  world.lake.ill = () => ill;
  const budget = { consecutive: 1, share: 1, shareFrom: 1 };
  for (let file = 3; file < 8; file += 1) world.lake.put(`f${file}`);
  const outage = await world
    .settle({ redact, failureBudget: budget })
    .catch((error: Error) => error.message);
  expect(outage).toMatch(/The first: .* TDP says: \[redacted\]$/);
});
