import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { aboutDocument, SinkError } from '../src/index.ts';

/** The class as an adapter has it that was installed with a copy of this package of its own. */
async function otherCopy(): Promise<{
  readonly Other: typeof SinkError;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-copy-'));
  const file = join(folder, 'errors.ts');
  await cp(join(import.meta.dirname, '../src/errors.ts'), file);
  const { SinkError: Other } = (await import(pathToFileURL(file).href)) as {
    SinkError: typeof SinkError;
  };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { Other, [Symbol.asyncDispose]: remove };
}

test('an error of another copy of the package is a SinkError', async () => {
  await using copy = await otherCopy();
  const { Other } = copy;
  expect(Other).not.toBe(SinkError);
  const error: unknown = new Other('SINK_UNAVAILABLE', 'gone', { retryable: true });
  expect(Object.getPrototypeOf(error)).not.toBe(SinkError.prototype);
  expect(error instanceof SinkError).toBe(true);
  expect(new SinkError('SINK_FAILED', 'no') instanceof Other).toBe(true);
});

test.each<[string, unknown]>([
  ['another error', new Error('no')],
  ['an error with a code of Node', Object.assign(new Error('no'), { code: 'ECONNRESET' })],
  ['an error of this name with no such code', named('SinkError', 'E_ODD')],
  ['an error of another name with such a code', named('Error', 'SINK_FAILED')],
  ['no error', { name: 'SinkError', code: 'SINK_FAILED' }],
  ['nothing', undefined],
])('%s is none', (_what, value) => {
  expect(value instanceof SinkError).toBe(false);
});

function named(name: string, code: string): Error {
  return Object.assign(new Error('no'), { name, code });
}

test('only what does not fit is about a document, and what names one already keeps it', () => {
  const cause = new Error('why');
  const wide = new SinkError('INVALID_VALUE', 'too wide', { cause });
  const about = aboutDocument(wide, 'a');
  expect(about).toMatchObject({
    code: 'INVALID_VALUE',
    message: 'too wide',
    cause,
    documentId: 'a',
  });
  expect(aboutDocument(about, 'b')).toMatchObject({ documentId: 'a' });
  for (const other of [new SinkError('SINK_FAILED', 'no'), cause])
    expect(aboutDocument(other, 'a')).toBe(other);
});
