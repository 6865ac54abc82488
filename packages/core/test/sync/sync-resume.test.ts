import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import { HOUR, MINUTE, type WatchedSink, World } from '../world.ts';

/** Commits of ten files. */
const SMALL = { batch: { documents: 20 }, concurrency: () => 4 };
const crash = new SinkError('SINK_UNAVAILABLE', 'the power is gone', { retryable: true });

function worldOf(count: number): World {
  const world = new World();
  for (let file = 0; file < count; file += 1) world.lake.put(`f${file}`);
  world.lake.pass(2 * MINUTE);
  return world;
}

async function runInto(
  world: World,
  prepare: (sink: WatchedSink) => void,
  options: Partial<SyncOptions> = {},
): Promise<unknown> {
  const sink = await world.sink();
  prepare(sink);
  return world.run({ ...SMALL, sink, ...options }).catch((error: unknown) => error);
}

test.each([1, 2, 5, 10])('a crash before commit %i loses at most one batch', async (at) => {
  const world = worldOf(95);
  const result = await runInto(world, (sink) => {
    sink.beforeCommit = (count) => {
      if (count === at) throw crash;
    };
  });
  expect(result).toBe(crash);
  expect(world.files()).toHaveLength(Math.min((at - 1) * 10, 95));
  const before = world.lake.retrieved.length;
  expect(before - world.files().length).toBeLessThanOrEqual(20);
  await world.run(SMALL);
  world.expectTruth();
  expect(world.lake.retrieved.length - before).toBe(95 - Math.min((at - 1) * 10, 95));
});

test('a commit that fails ends the run, though nothing more may be on its way', async () => {
  const world = worldOf(5);
  const batch = { documents: 1 };
  const result = await runInto(
    world,
    (sink) => {
      sink.beforeCommit = () => {
        throw crash;
      };
    },
    { batch },
  );
  expect(result).toBe(crash);
  await world.run({ batch });
  world.expectTruth();
});

test.each([1, 3, 11])(
  'a commit %i whose answer was lost is settled by reading the state',
  async (at) => {
    const world = worldOf(95);
    const result = await runInto(world, (sink) => {
      sink.afterCommit = (count) => {
        if (count === at) throw crash;
      };
    });
    expect(result).toMatchObject({ outcome: 'complete', loaded: 95 });
    expect(world.lake.retrieved).toHaveLength(95);
    world.expectTruth();
  },
);

test('a crash right after a commit repeats nothing of it', async () => {
  const world = worldOf(95);
  const fatal = new Error('killed');
  await runInto(world, (sink) => {
    sink.afterCommit = (count) => {
      if (count === 4) throw fatal;
    };
  });
  expect(world.files()).toHaveLength(40);
  const before = world.lake.retrieved.length;
  await world.run(SMALL);
  expect(world.lake.retrieved.length - before).toBe(55);
  world.expectTruth();
});

test('a signal ends the run with what is in hand committed, and the next one continues there', async () => {
  const world = worldOf(95);
  const stop = new AbortController();
  world.lake.onRetrieve = () => {
    if (world.lake.retrieved.length === 33) stop.abort(new Error('SIGINT'));
  };
  const report = await world.run({ ...SMALL, signal: stop.signal });
  expect(report.outcome).toBe('interrupted');
  const held = world.files().length;
  expect(held).toBe(world.lake.retrieved.length);
  expect(held).toBeGreaterThanOrEqual(33);
  expect(held).toBeLessThan(50);
  expect(world.state.open?.after).toBeDefined();
  world.lake.onRetrieve = () => undefined;
  expect(await world.run(SMALL)).toMatchObject({ outcome: 'complete', loaded: 95 - held });
  expect(world.lake.retrieved).toHaveLength(95);
  world.expectTruth();
});

test.each(['page', 'survey'] as const)(
  'a signal does not wait for a %s that hangs',
  async (kind) => {
    const world = worldOf(20);
    world.lake.pageLimit = 10;
    const stop = new AbortController();
    let calls = 0;
    world.lake.onSearch = async (asked, signal) => {
      if (asked !== kind) return;
      calls += 1;
      if (calls < 2) return;
      stop.abort(new Error('SIGTERM'));
      if (signal?.aborted === false)
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const report = await world.run({ ...SMALL, signal: stop.signal });
    expect(report.outcome).toBe('interrupted');
    expect(world.files()).toHaveLength(world.lake.retrieved.length);
    world.lake.onSearch = () => undefined;
    expect(await world.run(SMALL)).toMatchObject({ outcome: 'complete' });
    expect(world.lake.retrieved).toHaveLength(20);
    world.expectTruth();
  },
);

test('a signal before the beginning is thrown', async () => {
  const reason = new Error('SIGINT');
  await expect(worldOf(1).run({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('another error in a run that is being stopped is not swallowed', async () => {
  const world = worldOf(40);
  const stop = new AbortController();
  const result = await runInto(
    world,
    (sink) => {
      sink.beforeCommit = (count) => {
        if (count < 2) return;
        stop.abort(new Error('SIGINT'));
        throw crash;
      };
    },
    { signal: stop.signal },
  );
  expect(result).toBe(crash);
});

test('of two runners at once one meets a conflict, and no row is wrong', async () => {
  const world = worldOf(95);
  const slow = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const prepare = (sink: WatchedSink): void => {
    sink.beforeCommit = slow;
  };
  const results = await Promise.all([runInto(world, prepare), runInto(world, prepare)]);
  const codes = results.map((result) =>
    result instanceof SinkError ? result.code : (result as { outcome: string }).outcome,
  );
  expect(codes.sort()).toEqual(['STATE_CONFLICT', 'complete']);
  world.expectTruth();
});

test('a runner that was overtaken between two of its commits stops', async () => {
  const world = worldOf(95);
  const other = await world.sink();
  const result = await runInto(world, (sink) => {
    sink.afterCommit = async (count) => {
      if (count === 3) await world.run({ ...SMALL, sink: other });
    };
  });
  expect(result).toMatchObject({ code: 'STATE_CONFLICT' });
  expect(other.commits).toBeGreaterThan(0);
  world.expectTruth();
});

test('a resumed reading proves nothing about the files before it', async () => {
  const world = new World();
  const hits = Array.from({ length: 20 }, (_, index) =>
    world.lake.put(`f${index}`, { fileId: `${String(index).padStart(2, '0')}-x` }),
  );
  const { nowMs } = world.lake;
  world.lake.pass(2 * MINUTE);
  await runInto(world, (sink) => {
    sink.beforeCommit = (count) => {
      if (count === 2) throw crash;
    };
  });
  for (const { fileId } of hits.slice(0, 10)) world.lake.drop(fileId);
  const late = world.lake.put('late', { fileId: '00-late', indexedAtMs: nowMs });
  let surveys = 0;
  world.lake.onSearch = (kind) => {
    surveys += kind === 'survey' ? 1 : 0;
    // Ten are seen and ten are counted, and yet one was not seen.
    if (surveys === 2) world.lake.drop(hits.at(-1)?.fileId ?? '');
  };
  await world.run(SMALL);
  expect(world.file('late')).toMatchObject({ status: 'loaded', file_id: late.fileId });
});

test('a window is resumed with the start it was opened with, even when the lake is empty by then', async () => {
  const world = worldOf(30);
  await runInto(world, (sink) => {
    sink.beforeCommit = (count) => {
      if (count === 2) throw crash;
    };
  });
  const { startMs } = world.state;
  for (const { hit } of world.lake.truth().values()) world.lake.drop(hit.fileId);
  expect(await world.run()).toMatchObject({ outcome: 'complete' });
  expect(world.state).toMatchObject({ startMs, open: undefined });
});

test('a long way through known files is not gone again after a crash', async () => {
  const world = worldOf(50);
  await world.run();
  world.lake.pageLimit = 5;
  world.lake.pass(HOUR / 2);
  let pages = 0;
  const gone = new SyncError('SOURCE_UNAVAILABLE', 'gone');
  world.lake.onSearch = (kind) => {
    if (kind !== 'page') return;
    world.lake.pass(15_000);
    pages += 1;
    if (pages === 9) throw gone;
  };
  await expect(world.run()).rejects.toBe(gone);
  expect(world.state.open?.after).toBeDefined();
  expect(world.lake.retrieved).toHaveLength(50);
});

test('a state of another version is refused and left as it is', async () => {
  const world = worldOf(1);
  const states = new Map([['lab', '{"version":2}']]);
  world.database.content = { ...world.database.content, states };
  await expect(world.run()).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  expect(world.database.content.states).toBe(states);
});
