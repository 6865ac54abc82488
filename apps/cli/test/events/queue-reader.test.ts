import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Queue, QueueMessage } from '../../src/serve/events/queue.ts';
import { QueueReader } from '../../src/serve/events/queue-reader.ts';

const URL = 'https://sqs.eu-central-1.amazonaws.com/1/events';

let answers: (readonly QueueMessage[] | Error)[];
let deleted: string[];
let isStuck: boolean;
let taken: string[];
let opened: string[];
let closed: number;
let sleeps: number[];
let log: string;
let events: { queue?: string; region?: string };
let tell: (sync?: string) => void;
let reader: QueueReader;

function message(body: string): QueueMessage {
  return { body, handle: `handle of ${body}` };
}

/** Waits for ever where it has no more answers, as a queue does that is empty. */
const queue: Queue = {
  receive: async (signal) => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer !== undefined) return answer;
    return await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  },
  delete: async (messages) => {
    // Only what was taken may go.
    expect(taken).toEqual(expect.arrayContaining(messages.map(({ body }) => body)));
    if (isStuck) throw new Error('2 messages could not be deleted: InternalError');
    deleted.push(...messages.map(({ handle }) => handle));
  },
  [Symbol.dispose]: () => {
    closed += 1;
  },
};

async function settled(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await turn();
}

function start(): void {
  const service = {
    runtime: { loaded: { config: { serve: { events } } } },
    onChange: (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    },
  };
  const loaded = service.runtime.loaded.config.serve;
  Object.defineProperty(loaded, 'events', { get: () => events });
  const write = (line: string): void => {
    log += line;
  };
  const nudger = {
    take: (body: string) => {
      taken.push(body);
      return 'wake' as const;
    },
  };
  reader = new QueueReader(service as never, nudger, {
    clock: {
      sleep: async (durationMs) => {
        sleeps.push(durationMs);
      },
    },
    log: pino({}, { write }),
    open: async ({ url }) => {
      opened.push(url);
      return queue;
    },
  });
}

beforeEach(() => {
  answers = [];
  deleted = [];
  isStuck = false;
  taken = [];
  opened = [];
  closed = 0;
  sleeps = [];
  log = '';
  events = { queue: URL };
});
afterEach(() => reader[Symbol.asyncDispose]());

it('takes what comes, whatever it holds, and deletes it then', async () => {
  answers = [[message('{}'), message('poison')], [], [message('{"fileId":"a"}')]];
  start();
  await settled();
  expect(taken).toEqual(['{}', 'poison', '{"fileId":"a"}']);
  expect(deleted).toEqual(taken.map((body) => `handle of ${body}`));
  expect(sleeps).toEqual([]);
});

it('goes on where messages cannot be deleted', async () => {
  isStuck = true;
  answers = [[message('a')], [message('a')]];
  start();
  await settled();
  expect(taken).toEqual(['a', 'a']);
  expect(log).toContain('could not be deleted');
  expect(log).not.toContain('cannot be read');
  expect(sleeps).toEqual([]);
});

it('a queue that cannot be read is told of once, asked again with growing waits, and works again', async () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
  answers = [...Array.from({ length: 8 }, () => denied), [message('a')]];
  start();
  await settled();
  expect(sleeps).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
  expect(log.match(/AccessDenied: not authorized/g)).toHaveLength(1);
  expect(log).toContain('read again');
  expect(taken).toEqual(['a']);
  expect(reader.trouble).toBeUndefined();
});

it('one that has worked meanwhile is asked again soon', async () => {
  const broken = new Error('socket hang up');
  answers = [broken, broken, [message('a')], broken];
  start();
  await settled();
  expect(sleeps).toEqual([1000, 2000, 1000]);
});

it('follows the config: another queue, the same, none, and one again', async () => {
  start();
  await settled();
  for (const queue of [`${URL}-2`, `${URL}-2`, undefined, URL]) {
    events = queue === undefined ? {} : { queue };
    tell();
    await settled();
    expect(reader.url).toBe(queue);
  }
  expect(opened).toEqual([URL, `${URL}-2`, URL]);
  expect(closed).toBe(2);
});
