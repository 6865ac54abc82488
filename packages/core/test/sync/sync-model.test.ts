import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { fc } from '../property.ts';
import { HOUR, MINUTE, World } from '../world.ts';

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ is: fc.constant('put' as const), path: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('keep' as const), path: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('late' as const), path: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('reindex' as const), path: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('pass' as const), minutes: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('run' as const),
      crashAt: fc.nat(4),
      after: fc.boolean(),
      badPath: fc.nat(20),
      stopAt: fc.nat(15),
    }),
  },
);

/**
 * Whatever happens to the lake and to the runs, a run that completes at last leaves the truth. What is
 * late is so by less than the lookback, and a file is never shown in an older version than before.
 */
test('files come, change, come late, runs crash and are stopped; in the end the database is the lake', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (actions, documents) => {
        const world = new World();
        world.lake.pageLimit = 4;
        const batch = { documents };
        for (const step of actions) {
          world.lake.pass(1000);
          const now = world.lake.nowMs;
          if (step.is === 'pass') world.lake.pass(step.minutes * MINUTE);
          else if (step.is === 'run') await troubledRun(world, step, documents);
          else if (step.is === 'put') world.lake.put(`p${step.path}`);
          else if (step.is === 'keep') world.lake.put(`p${step.path}`, { keepOld: true });
          else if (step.is === 'late')
            world.lake.put(`late${step.path}`, { visibleAtMs: now + 20 * MINUTE, keepOld: true });
          else
            for (const { hit } of world.lake.truth().values())
              if (hit.path === `p${step.path}`) world.lake.reindex(hit.fileId);
          expectNoLie(world);
        }
        world.lake.pass(21 * MINUTE);
        // Long enough for all failures to be due, in steps that the lookback spans.
        for (let run = 0; run < 3; run += 1) await world.settle({ batch });
        await world.retry();
        world.expectTruth();
        expect(await world.settle({ batch })).toMatchObject({ retrieved: 0, staged: 0 });
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

interface Trouble {
  readonly crashAt: number;
  readonly after: boolean;
  readonly badPath: number;
  readonly stopAt: number;
}

async function troubledRun(world: World, trouble: Trouble, documents: number): Promise<void> {
  const { crashAt, after, badPath, stopAt } = trouble;
  world.lake.pass(2 * MINUTE);
  const sink = await world.sink();
  const fail = (count: number): void => {
    if (count === crashAt) throw new Error('crash');
  };
  if (after) sink.afterCommit = fail;
  else sink.beforeCommit = fail;
  const ill = new SyncError('SOURCE_UNAVAILABLE', 'ill');
  world.lake.ill = ({ path }) => (path === `p${badPath}` ? ill : undefined);
  const stop = new AbortController();
  const enough = world.lake.retrieved.length + stopAt;
  world.lake.onRetrieve = () => {
    if (stopAt > 5 && world.lake.retrieved.length >= enough) stop.abort(new Error('stop'));
  };
  try {
    await world.run({ sink, batch: { documents }, signal: stop.signal, lookbackMs: HOUR });
  } catch (error) {
    expect(error).toMatchObject({ message: 'crash' });
  } finally {
    world.lake.ill = () => undefined;
    world.lake.onRetrieve = () => undefined;
  }
}

/** At every moment: one row for each file, and content only where the files table says which version it is. */
function expectNoLie(world: World): void {
  const documents = world.documents();
  const rows = world.files();
  expect(new Set(rows.map((row) => row['_file_key'])).size).toBe(rows.length);
  for (const row of rows) {
    const content = documents.get(String(row['_file_key']));
    if (row['status'] === 'loaded') expect(row['loaded_file_id']).toBe(row['file_id']);
    expect(content === undefined).toBe(row['loaded_file_id'] === null);
  }
  expect(documents.size).toBeLessThanOrEqual(rows.length);
}
