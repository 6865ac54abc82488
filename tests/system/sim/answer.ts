import type { HttpRequest, HttpResponse, Intake } from '@tdp-sync/core';
import type { EmulatorResponse } from '@tdp-sync/emulator';
import { MINUTE, SECOND } from './scenario.ts';
import type { HttpEvent, Trouble } from './troubles.ts';
import { Violation } from './violation.ts';
import type { Runner, World } from './world.ts';

const TIMEOUT_MS = MINUTE;
/** As a transport that follows the config's defaults. */
const PACE = { minRate: 1024, stretchMs: MINUTE };
const DROP_MS = 7 * SECOND;
/** What never ends comes in such pieces, quickly enough. */
const PIECE_BYTES = 128 * 1024;
const PIECE_MS = 10 * SECOND;
/** What is large comes in parts. */
const PART_BYTES = 100_000;
const PART_MS = 200;
/** Whoever waits longer for an answer waits for ever. */
const ENDLESS_MS = 10 * MINUTE;

/** One answer on its way to a run. */
export interface Arriving {
  readonly event: HttpEvent;
  readonly request: HttpRequest;
  readonly response: EmulatorResponse;
  readonly trouble: Trouble | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What the client gets to see of an answer, as its body comes. */
export async function delivered(
  world: World,
  runner: Runner,
  { event, request, response, trouble, signal }: Arriving,
): Promise<HttpResponse> {
  const { TransportError, Intake } = world.engine;
  const { connection, status, headers, body } = response;
  const hangs =
    connection === 'hang' || (typeof connection === 'object' && 'hangAfterBytes' in connection);
  if (hangs) {
    await runner.process.step(TIMEOUT_MS, `${event} times out`, signal);
    throw new TransportError('timeout', 'no answer');
  }
  const intake = new Intake('tdp.example', request, PACE, () => world.scheduler.nowMs);
  const step = (delayMs: number): Promise<void> =>
    runner.process.step(delayMs, `${event} goes on`, signal);
  if (typeof connection === 'object' && 'trickleAfterBytes' in connection) {
    const { trickleAfterBytes: whole } = connection;
    await taken(intake.take(Buffer.from(body.subarray(0, whole))));
    await inDrops(world, intake, body.subarray(whole), step);
  } else if (connection !== undefined)
    throw new TransportError(connection === 'reset' ? 'unreachable' : 'broken', 'cut off');
  else if (trouble === 'endless') await withoutEnd(world, intake, step);
  else {
    await taken(intake.expect(body.length));
    for (let at = 0; at < body.length; at += PART_BYTES) {
      if (at > 0) await step(PART_MS);
      await taken(intake.take(Buffer.from(body.subarray(at, at + PART_BYTES))));
    }
  }
  return { status, headers, body: intake.body };
}

type Word = ReturnType<Intake['take']>;
type Step = (delayMs: number) => Promise<void>;

async function taken(word: Word): Promise<void> {
  if (word instanceof Error) throw word;
  await word;
}

async function inDrops(world: World, intake: Intake, body: Uint8Array, step: Step): Promise<void> {
  const sinceMs = world.scheduler.nowMs;
  for (const byte of body) {
    await step(DROP_MS);
    await taken(intake.take(Buffer.of(byte)));
    expectEnd(world, sinceMs, 'drop by drop');
  }
}

async function withoutEnd(world: World, intake: Intake, step: Step): Promise<void> {
  for (const sinceMs = world.scheduler.nowMs; ; ) {
    await step(PIECE_MS);
    await taken(intake.take(Buffer.alloc(PIECE_BYTES, ' ')));
    expectEnd(world, sinceMs, 'without end');
  }
}

function expectEnd({ scheduler }: World, sinceMs: number, how: string): void {
  if (scheduler.nowMs - sinceMs <= ENDLESS_MS) return;
  throw new Violation(`an answer that comes ${how} is never given up`);
}
