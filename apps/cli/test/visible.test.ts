import { glob, readFile } from 'node:fs/promises';
import { SyncError } from '@tdp-sync/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openConsole, printJson } from '../src/console.ts';
import { CliError, describeError, errorLines } from '../src/exit.ts';
import { progressBar } from '../src/render/progress/bar.ts';
import { table } from '../src/render/table.ts';
import { Redactor } from '../src/secrets.ts';
import { Stopped } from '../src/stop.ts';
import { visible, visibleJson } from '../src/visible.ts';

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('visible', () => {
  it.each([
    ['an escape', '\u001b[31m', '\\u{1b}[31m'],
    ['breaks and tabs', 'a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
    ['DEL and C1', '\u007f\u009b\u0085', '\\u{7f}\\u{9b}\\u{85}'],
    ['what turns texts around', '\u202egnp\u2066\u200f', '\\u{202e}gnp\\u{2066}\\u{200f}'],
    [
      'separators, a byte order mark, a tag',
      '\u2028\u2029\ufeff\u{e0041}',
      '\\u{2028}\\u{2029}\\u{feff}\\u{e0041}',
    ],
    ['half a pair', 'half \ud83d', 'half \\u{d83d}'],
    ['letters and signs as they are', 'Größe 測定 🧪 C:\\new ½', 'Größe 測定 🧪 C:\\new ½'],
  ])('%s', (_what, text, shown) => expect(visible(text)).toBe(shown));

  it('leaves nothing unseen, and is the same when done twice', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(text)).not.toMatch(UNSEEN);
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
  });
});

describe('visibleJson', () => {
  it('is JSON of the same value, without a character that is not seen', () => {
    fc.assert(
      fc.property(anyText, anyText, (key, text) => {
        const json = visibleJson(JSON.stringify({ [key]: [text] }, null, 2));
        expect(json.replaceAll('\n', '')).not.toMatch(UNSEEN);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ [key]: [text] })));
      }),
    );
  });
});

function written(use: (console: ReturnType<typeof openConsole>) => void): string {
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  const stream = { write } as unknown as NodeJS.WritableStream;
  const redactor = new Redactor();
  redactor.know('a-secret-of-old');
  use(openConsole({ out: stream, err: stream, isTerminal: true, environment: {}, redactor }));
  return text;
}

describe('console', () => {
  it('writes a line as one line', () => {
    const text = written(({ err }) => err.lines('one\nstill one', 'two a-secret-of-old'));
    expect(text).toBe('one\\u{a}still one\ntwo [redacted]\n');
  });
  it('writes JSON as a document that ends with its line', () => {
    const text = written((console) => printJson(console, { a: '\u009b', n: 5n }));
    expect(text).toBe('{"a":"\\u009b","n":"5"}\n');
    expect(written(({ err }) => err.json('{}\n'))).toBe('{}\n');
  });
});

it('a progress bar says why a request waits, and a server draws nothing on it', () => {
  vi.useFakeTimers();
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  const screen = { write, isTTY: true, columns: 400 } as never;
  const redactor = new Redactor();
  redactor.know('a-secret-of-old');
  const bar = progressBar(
    openConsole({ out: screen, err: screen, isTerminal: true, environment: {}, redactor }),
  );
  const message = `TDP says: \u001b[2J\r\u202e a-secret-of-old ${'long '.repeat(50)}`;
  const error = new SyncError('SOURCE_UNAVAILABLE', message);
  bar.onEvent({ type: 'run-started', sync: 'docs', expected: 9 } as never);
  bar.onExchange({
    ...{ kind: 'search', outcome: 'failed' },
    retry: { error, attempt: 1, delayMs: 1500 },
  });
  vi.advanceTimersByTime(1000);
  bar.end();
  vi.useRealTimers();
  expect(text).toContain('waiting 2 s: TDP says: \\u{1b}[2J\\u{d}\\u{202e} [redacted] long');
  expect(text).not.toContain('long '.repeat(20));
});

it('nothing but the console reaches the streams, and little draws by itself', async () => {
  const found = new Set<string>();
  const folder = new URL('../src/', import.meta.url).pathname;
  for await (const name of glob('**/*.ts', { cwd: folder }))
    if (
      /process\.std|\.screen\b|console\.(?:log|error|warn)/.test(
        await readFile(folder + name, 'utf8'),
      )
    )
      found.add(name);
  // `init` asks for what it writes; its questions hold nothing from outside.
  const known = [
    ...[
      'commands/agreed.ts',
      'commands/init.ts',
      'render/columns.ts',
      'render/progress/bar.ts',
      'render/status-line.ts',
    ],
    ...['serve/log.ts', 'start.ts'],
  ];
  expect([...found].sort()).toEqual(known);
});

it('a table has one line for each row, its columns as wide as what is shown', () => {
  const lines = table(
    ['a', 'b'],
    [
      ['x\ny\u001b[2J', '1'],
      ['z', '2'],
    ],
  );
  expect(lines).toHaveLength(3);
  expect(lines[1]).toBe('x\\u{a}y\\u{1b}[2J  1');
  expect(lines[2]).toBe(`z${' '.repeat(15)}  2`);
});

describe('errorLines', () => {
  it('gives an error of config the lines that it has', () => {
    expect(errorLines(new CliError('two things:\n  a\n  b'), 'docs: ')).toEqual([
      'docs: two things:',
      '  a',
      '  b',
    ]);
  });
  it('says of a signal what it is', () => {
    expect(errorLines(new Stopped('SIGTERM'))).toEqual([
      'Stopped by SIGTERM; what was committed stays.',
    ]);
  });
  it('keeps a message that names a file in one line', () => {
    const error = new SyncError('FILE_NOT_FOUND', 'TDP shows a\nlab: equal to TDP');
    expect(errorLines(error)).toEqual([describeError(error)]);
  });
  it('keeps the message of what nobody foresaw in one line, and its stack in many', () => {
    const [first, message, ...frames] = errorLines(new TypeError('a\n    at forged (x.js:1:1)'));
    expect(first).toMatch(/did not foresee/);
    expect(message).toBe('TypeError: a\n    at forged (x.js:1:1)');
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.every((frame) => /^ {4}at /.test(frame))).toBe(true);
    expect(errorLines('just a text').at(-1)).toBe('just a text');
    expect(describeError(new Error('x'))).toMatch(/did not foresee.*\nError: x\n/s);
  });
});

describe('status page', async () => {
  const page = (name: string): Promise<Record<string, (...given: unknown[]) => unknown>> =>
    import(new URL(`../page/${name}`, import.meta.url).href);
  const { visible: onPage } = await page('visible.js');
  const { setText, element } = await page('dom.js');

  it('shows what terminals show, and blanks for line breaks and tabs', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const others = text.replaceAll(/[\n\t]/g, '');
        expect(onPage?.(others)).toBe(visible(others));
      }),
    );
    expect(onPage?.('a\n\tb')).toBe('a\n\tb');
  });

  it('lets no text into a node that turns others around', () => {
    const node = { textContent: '' };
    setText?.(node, 'a\u202eb');
    expect(node.textContent).toBe('a\\u{202e}b');
    const append = vi.fn();
    vi.stubGlobal('document', { createElement: () => ({ append }) });
    element?.('span', {}, 'gnp\u202e', node);
    vi.unstubAllGlobals();
    expect(append).toHaveBeenCalledWith('gnp\\u{202e}', node);
  });
});
