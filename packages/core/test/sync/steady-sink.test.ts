import { type Sink, SinkError, type StoredDocument, type StoredRow } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { defaultSinkRetryPolicy, type Retrying } from '../../src/position/retrying.ts';
import { SteadySink } from '../../src/sync/steady-sink.ts';

const lost = new SinkError('SINK_UNAVAILABLE', 'The line is gone.', { retryable: true });
const RETRYING: Retrying = {
  policy: defaultSinkRetryPolicy,
  clock: { now: () => 0, sleep: async () => undefined },
  random: () => 0,
  signal: undefined,
  onRetry: () => undefined,
};
const TABLE = { name: 'runs', columns: [{ name: 'name', type: 'string' as const }] };

const LINES: readonly StoredDocument[] = ['a', 'b', 'c', 'd'].map((digit) => ({
  ...{ id: digit.repeat(32), order: digit, status: 'loaded' },
}));
const ROWS: readonly StoredRow[] = LINES.map(({ id }) => ({ id, row: ['x'] }));

/** Gives of a list what stands before the first break, then before the second, and so on; in the end, all. */
function breaking<T>(all: readonly T[], ...breaks: readonly number[]): () => AsyncIterable<T> {
  let begun = 0;
  return async function* () {
    const until = breaks[begun];
    begun += 1;
    yield* all.slice(0, until);
    if (until !== undefined) throw lost;
  };
}

function steady(sink: Partial<Sink>): SteadySink {
  return new SteadySink(sink as Sink, RETRYING);
}

async function all<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

test.each([[[0]], [[2]], [[3, 1, 4]]])(
  'lines of the ledger that break off after %j come each once and in order',
  async (breaks) => {
    const sink = steady({ documents: breaking(LINES, ...breaks) });
    expect(await all(sink.documents('lab'))).toEqual(LINES);
  },
);

test('rows are begun anew as long as none has come; later they break off, since two answers may be of two commits', async () => {
  const sink = steady({ rows: breaking(ROWS, 0, 0) });
  expect(await all(sink.rows(TABLE, []))).toEqual(ROWS);
  await expect(all(steady({ rows: breaking(ROWS, 2) }).rows(TABLE, []))).rejects.toBe(lost);
});

test('a state is asked for again, and what fails for good is not', async () => {
  let asked = 0;
  const states = steady({
    readState: async () => {
      asked += 1;
      if (asked < 4) throw lost;
      return 'here';
    },
  });
  expect(await states.readState('lab')).toBe('here');
  const denied = new SinkError('SINK_PERMISSION', 'No.');
  asked = 0;
  const refusing = steady({
    readState: async () => {
      asked += 1;
      throw denied;
    },
  });
  await expect(refusing.readState('lab')).rejects.toBe(denied);
  expect(asked).toBe(1);
});

test('a list that is left is left in the database, too', async () => {
  let isLeft = false;
  const sink = steady({
    documents: async function* () {
      try {
        yield* LINES;
      } finally {
        isLeft = true;
      }
    },
  });
  for await (const _line of sink.documents('lab')) break;
  expect(isLeft).toBe(true);
});
