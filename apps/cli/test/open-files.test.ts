import { SyncError } from '@tdp-sync/core';
import { SinkError } from '@tdp-sync/sink';
import { describe, expect, it } from 'vitest';
import { CliError, describeError, errorLines } from '../src/exit.ts';
import { openFilesHint, openFilesLimit, roomFor } from '../src/open-files.ts';

describe('roomFor', () => {
  it.each([
    [512, 0, undefined, 512, 520],
    [512, 0, 1_048_576, 512, 520],
    [512, 0, 1104, 512, 520],
    [512, 256, 1360, 512, 520],
    [512, 0, 1103, 511, 519],
    [512, 0, 1024, 472, 480],
    [512, 256, 1024, 344, 352],
    [512, 0, 96, 8, 16],
    [16, 0, 112, 16, 24],
    [1, 0, 82, 1, 9],
  ])('%d at once beside %d others, with a limit of %s: %d over %d connections', (...given) => {
    const [concurrency, others, limit, held, connections] = given;
    const room = roomFor(concurrency, others, limit);
    expect(room).toMatchObject({ concurrency: held, connections, isTooLittle: false });
    expect(room.remark === undefined).toBe(held === concurrency);
    expect(64 + others + 2 * room.connections).toBeLessThanOrEqual(limit ?? 1e9);
  });

  it('says to what it holds the config, and what all of it would want', () => {
    expect(roomFor(512, 0, 1024).remark).toMatch(
      /may have 1024 .* at once, so that source\.concurrency 512 is held to 472; .* wants 1104\. .*ulimit -n/,
    );
  });

  it.each([
    [
      512,
      0,
      95,
      /may have 95 .* too few: it wants 1104 for source\.concurrency 512, and 96 at least/,
    ],
    [512, 256, 256, /may have 256 .* wants 1360 .* and 352 at least/],
    [1, 0, 81, /wants 82 .* and 82 at least/],
  ])('%d beside %d with %d is too little', (concurrency, others, limit, why) => {
    const room = roomFor(concurrency, others, limit);
    expect(room.isTooLittle).toBe(true);
    expect(room.remark).toMatch(why);
  });
});

it('the limit of this process is known', () => {
  if (process.platform !== 'win32') expect(openFilesLimit()).toBeGreaterThan(64);
});

function system(code: string, text = `${code}: it failed`): Error {
  return Object.assign(new Error(text), { code });
}

describe('openFilesHint', () => {
  const wrapped = (cause: unknown): Error => new Error('outer', { cause });
  it.each([
    ['of the system', system('EMFILE')],
    ['of a config', new CliError('Cannot read it', 2, system('EMFILE'))],
    ['of a config, told within others', new CliError('sink.type: EMFILE: too many open files')],
    [
      'of a sink',
      new SinkError('SINK_UNAVAILABLE', 'gone', { cause: new Error('Too many open files') }),
    ],
    [
      'of a sink, deeper',
      new SinkError('SINK_UNAVAILABLE', 'gone', { cause: wrapped(system('EMFILE')) }),
    ],
    [
      'of a sink, one of several',
      new SinkError('SINK_FAILED', 'x', {
        cause: new AggregateError([system('X'), system('EMFILE')]),
      }),
    ],
    ['of core', new SyncError('TOO_MANY_OPEN_FILES', 'none')],
  ])('%s says the limit and how to raise it', (_of, error) => {
    const hint = openFilesHint(error);
    expect(hint).toMatch(/ This process may have \d+ open at once\. Raise the limit: ulimit -n/);
    expect(describeError(error)).toContain(hint);
    expect(errorLines(error).join('\n')).toContain(hint);
  });

  it('tells a machine from a process', () => {
    expect(openFilesHint(wrapped(system('ENFILE')))).toMatch(/this whole machine may have/);
  });

  it.each([
    ['another error', system('ECONNREFUSED')],
    [
      'what a server says',
      new SyncError('SOURCE_UNAVAILABLE', 'TDP says: EMFILE too many open files'),
    ],
    ['what a database says of itself', new SinkError('SINK_FAILED', 'too many open files')],
    ['no error', 'EMFILE'],
    ['one that causes itself', Object.assign(new Error('x'), { cause: undefined })],
  ])('%s gets none', (_what, error) => expect(openFilesHint(error)).toBe(''));

  it('ends with causes that go in a circle', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(openFilesHint(one)).toBe('');
  });
});
