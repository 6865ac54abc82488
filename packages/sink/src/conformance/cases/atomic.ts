import assert from 'node:assert/strict';
import { SinkError } from '../../errors.ts';
import type { Document, Sink, State } from '../../sink.ts';
import type { BreakableDatabase, TestDatabase } from '../harness.ts';
import { begin, doc, id, ledger, load, type Scenario, SYNC, type World } from '../world.ts';

/** Documents enough that a commit takes its time. */
const DOCUMENTS = 300;
/** Commits that are watched, how many look at once, and breaks that are tried at most. */
const ROUNDS = 10;
const READERS = 4;
const MOST_MESSAGES = 300;

/** Round by round all documents have another content, and another number of rows. */
function documentsOf(round: number): readonly Document[] {
  return Array.from({ length: DOCUMENTS }, (_, n) => {
    const rows = Array.from({ length: rowsOf(round) }, (_, row) => [`round ${round}`, BigInt(row)]);
    return doc(n + 1, orderOf(round), { runs: rows });
  });
}

const rowsOf = (round: number): number => 1 + (round % 3);
const orderOf = (round: number): string => String(round).padStart(4, '0');
const stateOf = (round: number): State => `round ${round}`;

/** The round that there are rows of, as many as there should be. */
async function roundOfRows(database: TestDatabase): Promise<number> {
  const rows = await database.read('runs');
  const round = Number(String(rows[0]?.['name']).slice('round '.length));
  const found = rows.map(({ _file_key, _row, name }) => `${_file_key} ${_row} ${name}`);
  const expected = documentsOf(round).flatMap(({ id, rows }) =>
    [...(rows.get('runs') ?? [])].map(([name], row) => `${id} ${row} ${name}`),
  );
  expectEach(found, expected, 'rows');
  return round;
}

/** The round that the ledger has lines of, as many as there should be. */
async function roundOfLines(sink: Sink): Promise<number> {
  const lines = await ledger(sink);
  const [first] = lines;
  expectEach(
    lines.map(({ id, order }) => `${id} ${order}`),
    Array.from({ length: DOCUMENTS }, (_, n) => `${id(n + 1)} ${first?.order}`),
    'lines of the ledger',
  );
  return Number(first?.order);
}

function expectEach(found: readonly string[], expected: readonly string[], what: string): void {
  const at = expected.findIndex((one, at) => one !== found[at]);
  const isAll = at === -1 && found.length === expected.length;
  const first = `number ${at} is ${found[at]} in place of ${expected[at]}`;
  const seen = found.length === 0 ? 'there were none' : `there were ${found.length}, and ${first}`;
  assert.ok(
    isAll && found.length > 0,
    `not all ${what} are those of one commit: of ${expected.length || DOCUMENTS} or more ${seen}`,
  );
}

/** Reads as long as the state stays what it was: then rows and ledger must be those of the state. */
async function expectOneCommit(database: TestDatabase, sink: Sink): Promise<void> {
  const before = await sink.readState(SYNC);
  const rows = await roundOfRows(database);
  const lines = await roundOfLines(sink);
  const after = await sink.readState(SYNC);
  if (before !== after) return;
  assert.deepEqual(
    { rows: stateOf(rows), lines: stateOf(lines) },
    { rows: after, lines: after },
    'rows, ledger and state are not of one commit',
  );
}

/** A commit is one step, whoever looks and whatever breaks. */
export const atomicCases: readonly Scenario[] = [
  {
    name: 'commit: who reads all the while sees rows, ledger and state change together, and each document whole',
    body: async ({ database, sink, open }) => {
      await load(sink, { documents: documentsOf(0), state: stateOf(0) });
      await using reader = await open();
      for (let round = 1; round <= ROUNDS; round += 1) {
        await using opened = await begin(sink, { since: stateOf(round - 1) });
        await opened.stage(documentsOf(round));
        let isOver = false;
        const commit = opened.commit(stateOf(round)).finally(() => {
          isOver = true;
        });
        const look = async (_: unknown, at: number): Promise<void> => {
          while (!isOver) {
            // A sink may let its own readers wait for its writer; with plain SQL a table is seen as it is.
            if (at > 0) await roundOfRows(database);
            else await expectOneCommit(database, reader);
            // Where everything is at hand no read would ever let the commit go on.
            await new Promise((resolve) => setImmediate(resolve));
          }
        };
        await Promise.all([commit, ...Array.from({ length: READERS }, look)]);
      }
      await expectOneCommit(database, reader);
    },
  },
];

/** The same for a database that is reached over a connection. */
export const breakingCases: readonly Scenario<BreakableDatabase>[] = [
  {
    name: 'commit: a connection that breaks anywhere leaves all of it or nothing, and the error is one that may pass',
    body: async (world) => {
      await load(world.sink, { documents: documentsOf(0), state: stateOf(0) });
      for (let messages = 0; messages < MOST_MESSAGES; messages += 1) {
        const since = await roundReached(world);
        const { error, isBroken } = await brokenCommit(world, since, messages);
        const reached = await roundReached(world);
        if (error === undefined) assert.equal(reached, since + 1, 'what is committed is not there');
        else if (!isPassing(error)) throw error;
        if (!isBroken) return;
      }
      assert.fail(`a commit of ${DOCUMENTS} documents takes more than ${MOST_MESSAGES} messages`);
    },
  },
];

async function roundReached({ database, open }: World<BreakableDatabase>): Promise<number> {
  await using sink = await open();
  await expectOneCommit(database, sink);
  return Number(String(await sink.readState(SYNC)).slice('round '.length));
}

/** A commit that was sent before the line broke may come through later than the next one begins, which then meets a conflict. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SinkError)) return false;
  return error.retryable || error.code === 'STATE_CONFLICT';
}

async function brokenCommit(
  { database, open }: World<BreakableDatabase>,
  round: number,
  messages: number,
): Promise<{ readonly error: unknown; readonly isBroken: boolean }> {
  await using own = await open();
  const opened = await begin(own, { since: stateOf(round) });
  await opened.stage(documentsOf(round + 1));
  const line = database.breakAfter(messages);
  const error = await opened.commit(stateOf(round + 1)).then(
    () => undefined,
    (error: unknown) => error ?? 'nothing',
  );
  const isBroken = line.isBroken();
  line.mend();
  // There may be no connection any more over which it could be let go of.
  await Promise.resolve(opened[Symbol.asyncDispose]()).catch(() => undefined);
  return { error, isBroken };
}
