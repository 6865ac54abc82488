import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sink, SinkError } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { harness } from '../src/conformance.ts';
import { stamp } from './child/loads.ts';
import type { ApiRequest, Fault, Front } from './emulator/front.ts';
import { configOf, hasEmulator, startFront, title } from './server.ts';
import { expectWhole, loaded, openSink } from './world.ts';

vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof import('node:timers/promises')>();
  return { ...timers, setTimeout: (ms: number) => timers.setTimeout(ms / 20) };
});

const KILLS = 3;

let front: Front;
beforeAll(async () => {
  if (hasEmulator) front = await startFront({ keepsCopies: true });
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});

describe.skipIf(!hasEmulator)(title('crashes'), () => {
  test('kill -9 at any moment leaves rows, ledger and state of one commit', killed);
  test('a connection cut anywhere leaves all or nothing, and the state tells which', cut);
  test('a network that stays away is told as such, and the state tells what was done', away);
});

async function killed(): Promise<void> {
  await using database = await harness(configOf(front)).fresh();
  const random = numbers(4711);
  for (let round = 0; round < KILLS; round += 1) {
    const acknowledged = await writeUntilKilled(database, random);
    await front.idle();
    await expectWhole(database, acknowledged);
    // What a process that was killed has staged stays for a day, and has a name that no table of a user's has.
    const tables = (await database.tables()).filter((name) => !name.startsWith('_tdp_sync_'));
    expect(tables).toEqual(['peaks', 'runs']);
  }
}

/** Kills the writer some acknowledged commits after its start, and a little later: in the midst of the next. */
async function writeUntilKilled(database: TestDatabase, random: () => number): Promise<string> {
  const script = fileURLToPath(new URL('./child/writer.ts', import.meta.url));
  const env = { ...process.env, WRITER_CONFIG: JSON.stringify(database.config) };
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = once(child, 'exit');
  let left = 1 + Math.floor(random() * 2);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    left -= 1;
    if (left === 0) setTimeout(() => child.kill('SIGKILL'), random() * 800);
  }
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

/** Each request of a load in turn is cut, once before and once after it was obeyed. */
async function cut(): Promise<void> {
  await using database = await harness(configOf(front)).fresh();
  await using sink = await openSink(database);
  await loaded(sink, undefined, 1);
  const requests = await countRequests(() => loaded(sink, stamp(1), 2));
  expect(requests).toBeGreaterThan(6);
  let n = 2;
  for (let at = 0; at < requests; at += 1) {
    for (const fault of ['cut before', 'cut after'] as const) {
      front.onRequest = nth(at, fault);
      // One connection that breaks is mended by the sink: nobody notices.
      await loaded(sink, stamp(n), n + 1);
      front.mend();
      n += 1;
      expect(await sink.readState('lab')).toBe(stamp(n));
    }
  }
  await expectWhole(database, stamp(n));
  expect(await database.tables()).toEqual([
    '_tdp_sync_documents',
    '_tdp_sync_state',
    'peaks',
    'runs',
  ]);
}

/** From the nth request on nothing comes through, or it does and no answer comes back. */
async function away(): Promise<void> {
  await using database = await harness(configOf(front)).fresh();
  await using sink = await openSink(database);
  await loaded(sink, undefined, 1);
  let n = 1;
  for (let at = 0; at < 7; at += 1) {
    for (const fault of ['cut before', 'cut after'] as const) {
      let seen = 0;
      front.onRequest = () => (seen++ < at ? undefined : fault);
      const error = await loaded(sink, stamp(n), n + 1).then(
        () => undefined,
        (error: unknown) => error,
      );
      front.mend();
      await front.idle();
      if (error !== undefined) {
        expect(error).toBeInstanceOf(SinkError);
        expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
      }
      await settle(sink, n);
      n += 1;
    }
  }
  await expectWhole(database, stamp(n));
}

/** What the contract tells a caller to do: read the state, and load again if it has not moved. */
async function settle(sink: Sink, n: number): Promise<void> {
  const stored = await sink.readState('lab');
  expect([stamp(n), stamp(n + 1)]).toContain(stored);
  if (stored === stamp(n)) await loaded(sink, stored, n + 1);
}

function nth(at: number, fault: Fault): (request: ApiRequest) => Fault | undefined {
  let seen = 0;
  return () => (seen++ === at ? fault : undefined);
}

async function countRequests(task: () => Promise<unknown>): Promise<number> {
  let seen = 0;
  front.onRequest = () => {
    seen += 1;
    return undefined;
  };
  await task();
  front.mend();
  return seen;
}

/** The same numbers from 0 to 1 in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
