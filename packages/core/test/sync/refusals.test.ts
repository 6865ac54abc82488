import { type Document, type Load, type Sink, SinkError, type Target } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { type FileHit, fileKey } from '../../src/file.ts';
import { MINUTE, World } from '../world.ts';

const WORDS = 'Row is too big: 8160 bytes at most.';

/** What a database refuses of the documents that are staged together; `undefined`: nothing. */
type Picky = (documents: readonly Document[]) => SinkError | undefined;

/** The memory sink in a database that is picky when it commits. */
async function pickySink(world: World, picky: Picky): Promise<Sink & { loads: number }> {
  const sink = await world.sink();
  const begin = async (target: Target): Promise<Load> => {
    const load = await sink.begin(target);
    const staged: Document[] = [];
    return {
      stage: async (documents) => {
        staged.push(...documents);
        await load.stage(documents);
      },
      commit: async (state) => {
        picked.loads += 1;
        const error = picky(staged);
        if (error !== undefined) throw error;
        return load.commit(state);
      },
      [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
    };
  };
  const picked = {
    ...{ loads: 0, tablesPerLoad: sink.tablesPerLoad, rowRoom: sink.rowRoom, begin },
    readState: (name: string) => sink.readState(name),
    documents: (...given: Parameters<Sink['documents']>) => sink.documents(...given),
    rows: (...given: Parameters<Sink['rows']>) => sink.rows(...given),
    damages: (...given: Parameters<Sink['damages']>) => sink.damages(...given),
    clear: (name: string) => sink.clear(name),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
  return picked;
}

function worldOf(count: number): World {
  const world = new World();
  for (let file = 0; file < count; file += 1) world.lake.put(`f${file}`);
  return world;
}

const hitsOf = (world: World): readonly FileHit[] =>
  [...world.lake.truth().values()].map(({ hit }) => hit);

const hasData = ({ rows }: Document): boolean => rows.has('lab');

/** Refuses the data of the files at these paths; `names`: its error names the document. */
function refusing(world: World, paths: readonly string[], names = false): Picky {
  const hits = paths.map((path) => hitsOf(world).find((hit) => hit.path === path));
  const keys = new Set(hits.map((hit) => hit && fileKey(hit)));
  return (documents) => {
    const bad = documents.find((document) => keys.has(document.id) && hasData(document));
    if (bad === undefined) return undefined;
    return new SinkError('INVALID_VALUE', WORDS, names ? { documentId: bad.id } : {});
  };
}

const statuses = (world: World): Record<string, unknown> =>
  Object.fromEntries(world.files().map(({ path, status }) => [String(path), status]));

test.each([true, false])(
  'files that the database cannot hold fail with its words, and all others are committed (it names them: %j)',
  async (names) => {
    const world = worldOf(200);
    const sink = await pickySink(world, refusing(world, ['f7', 'f8', 'f190'], names));
    expect(await world.settle({ sink })).toMatchObject({
      ...{ outcome: 'complete', loaded: 197, failed: 3, failing: 3 },
    });
    expect(world.file('f8')).toMatchObject({
      ...{ status: 'failed', error_code: 'ROWS_REFUSED', attempts: 1n, loaded_file_id: null },
      error: `The database cannot hold the rows: ${WORDS}`,
    });
    expect(Object.values(statuses(world)).filter((status) => status === 'loaded')).toHaveLength(
      197,
    );
    expect(world.documents().size).toBe(197);
    const failed = world.events.filter(({ type }) => type === 'file-failed');
    expect(failed).toHaveLength(3);
  },
);

test('what the database says of a file that it cannot hold is stored and told without secrets', async () => {
  const world = worldOf(3);
  const sink = await pickySink(world, refusing(world, ['f1']));
  const redact = (text: string): string => text.replaceAll('8160', '[redacted]');
  await world.settle({ sink, redact });
  const told = world.events.flatMap((event) => (event.type === 'file-failed' ? event.error : []));
  expect(told).toHaveLength(1);
  for (const text of [world.file('f1')['error'], ...told.map(({ message }) => message)])
    expect(text).toMatch(/Row is too big: \[redacted\] bytes at most/);
});

test('halving costs as much as it must: for one file among 200, no more than two loads for each half', async () => {
  const world = worldOf(200);
  const sink = await pickySink(world, refusing(world, ['f77']));
  await world.settle({ sink });
  expect(sink.loads).toBeLessThan(25);
});

test('a database that only refuses large commits holds nothing up, and no file is called failed', async () => {
  const world = worldOf(100);
  const picky: Picky = ({ length }) =>
    length > 7 ? new SinkError('SINK_FAILED', 'too large') : undefined;
  const report = await world.settle({ sink: await pickySink(world, picky) });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 100, failed: 0 });
  world.expectTruth();
});

test('what has passed when a file is tried alone is not laid to the file', async () => {
  const world = worldOf(1);
  let refused = 0;
  const picky: Picky = () => {
    refused += 1;
    return refused === 1 ? new SinkError('SINK_FAILED', 'not now') : undefined;
  };
  // The first commit of a run is the catalogue's; it has no documents.
  const sink = await pickySink(world, (documents) =>
    documents.length > 0 ? picky(documents) : undefined,
  );
  expect(await world.settle({ sink })).toMatchObject({ loaded: 1, failed: 0 });
});

test.each(['SINK_FAILED', 'INVALID_VALUE'] as const)(
  'a database that refuses everything (%s) ends the run with its own words, and no file is called failed',
  async (code) => {
    const world = worldOf(50);
    const error = new SinkError(code, 'The disk is read-only.');
    const picky: Picky = ({ length }) => (length > 0 ? error : undefined);
    await expect(world.settle({ sink: await pickySink(world, picky) })).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: expect.stringMatching(/^The disk is read-only\. The database has refused 11 files/),
    });
    expect(world.files()).toEqual([]);
    expect(await world.settle()).toMatchObject({ loaded: 50, failed: 0 });
    world.expectTruth();
  },
);

test('one that refuses every document by itself is not believed for ever: eleven in a row are the database', async () => {
  const world = worldOf(100);
  const picky: Picky = (documents) =>
    documents.some(hasData) ? new SinkError('SINK_FAILED', 'A trigger says no.') : undefined;
  await expect(world.settle({ sink: await pickySink(world, picky) })).rejects.toMatchObject({
    code: 'SINK_FAILED',
    message: expect.stringMatching(
      /^A trigger says no\. The database has refused 11 files in a row/,
    ),
  });
  expect(world.files()).toHaveLength(10);
});

test('should it be the files after all, each run gets past ten of them, and none holds up what comes later', async () => {
  const world = worldOf(25);
  const bad = hitsOf(world).flatMap(({ path }) => path ?? []);
  const settle = async () => world.settle({ sink: await pickySink(world, refusing(world, bad)) });
  await expect(settle()).rejects.toMatchObject({ code: 'SINK_FAILED' });
  await expect(settle()).rejects.toMatchObject({ code: 'SINK_FAILED' });
  expect(await settle()).toMatchObject({ outcome: 'complete', failed: 5, failing: 25 });
  // All of them are due again, and refused again, each by itself: that says nothing new.
  world.lake.pass(30 * MINUTE);
  world.lake.put('good');
  expect(await settle()).toMatchObject({ outcome: 'complete', loaded: 1, failed: 25 });
});

test('of few files the failures stand only if the database accepts their lines', async () => {
  const world = worldOf(3);
  const error = new SinkError('SINK_FAILED', 'The disk is read-only.');
  const picky: Picky = ({ length }) => (length > 0 ? error : undefined);
  await expect(world.settle({ sink: await pickySink(world, picky) })).rejects.toBe(error);
  expect(world.events.filter(({ type }) => type === 'file-failed')).toEqual([]);
  const noData: Picky = (documents) => (documents.some(hasData) ? error : undefined);
  expect(await world.settle({ sink: await pickySink(world, noData) })).toMatchObject({ failed: 3 });
});

test('files of one kind that lie side by side are refused by dozens as long as others come between', async () => {
  const world = worldOf(200);
  const paths = hitsOf(world)
    .toSorted((a, b) => (a.fileId < b.fileId ? -1 : 1))
    .slice(40, 80)
    .flatMap(({ path }) => path ?? []);
  expect(
    await world.settle({ sink: await pickySink(world, refusing(world, paths)) }),
  ).toMatchObject({ outcome: 'complete', loaded: 160, failed: 40 });
});

test('a new version that is refused leaves the rows of the old one, and comes when the database can hold it', async () => {
  const world = worldOf(5);
  await world.settle();
  const before = world.documents();
  world.lake.put('f3');
  await world.settle({ sink: await pickySink(world, refusing(world, ['f3'])) });
  expect(world.documents()).toEqual(before);
  expect(world.file('f3')).toMatchObject({ status: 'failed', error_code: 'ROWS_REFUSED' });
  expect(await world.retry()).toMatchObject({ loaded: 1, failed: 0 });
  world.expectTruth();
});

test('the position moves with the last part, so that a crash between them skips nothing', async () => {
  const world = worldOf(60);
  const picky = refusing(world, ['f30']);
  let commits = 0;
  const crash = new Error('killed');
  const dying = await pickySink(world, (documents) => {
    const error = picky(documents);
    if (error === undefined && documents.length > 0) commits += 1;
    if (commits === 3) throw crash;
    return error;
  });
  await expect(world.settle({ sink: dying })).rejects.toBe(crash);
  expect(world.files().length).toBeLessThan(60);
  const report = await world.settle({ sink: await pickySink(world, picky) });
  expect(report).toMatchObject({ outcome: 'complete', failed: 1 });
  expect(world.files()).toHaveLength(60);
});

test('what has nothing to do with the documents is not halved', async () => {
  const world = worldOf(50);
  const sink = await pickySink(world, ({ length }) =>
    length > 0 ? new SinkError('SINK_PERMISSION', 'no right') : undefined,
  );
  await expect(world.settle({ sink })).rejects.toMatchObject({ code: 'SINK_PERMISSION' });
  expect(sink.loads).toBeLessThan(4);
});
