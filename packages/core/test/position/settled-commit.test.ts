import { type Load, type Sink, SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { settledCommit } from '../../src/position/settled-commit.ts';

const lost = new SinkError('SINK_UNAVAILABLE', 'The line is gone.', { retryable: true });
const load = { commit: () => Promise.reject(lost) } as unknown as Load;
const sink = (readState: () => Promise<string | undefined>): Sink =>
  ({ readState }) as unknown as Sink;
const PENDING = { sync: 'lab', state: 'new', staged: 3 };

test('a commit whose answer was lost is done, exactly if its state is stored', async () => {
  expect(
    await settledCommit(
      sink(async () => 'new'),
      load,
      PENDING,
    ),
  ).toEqual({ applied: 3, leftAlone: 0 });
  await expect(
    settledCommit(
      sink(async () => 'old'),
      load,
      PENDING,
    ),
  ).rejects.toBe(lost);
});

test('where that cannot be found out, the message says so, and what becomes of it', async () => {
  const gone = sink(() => Promise.reject(new Error('no route')));
  await expect(settledCommit(gone, load, PENDING)).rejects.toMatchObject({
    code: 'SINK_UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(
      /^The line is gone\. Whether the commit .* next run finds it out/,
    ),
  });
});
