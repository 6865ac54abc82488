import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Console, type Environment, openConsole } from '../src/console.ts';
import { barText } from '../src/render/progress/bar.ts';
import { openProgress } from '../src/render/progress/open.ts';
import { Tally } from '../src/render/progress/tally.ts';
import { Redactor } from '../src/secrets.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Screen {
  readonly console: Console;
  readonly text: () => string;
}

function screen(environment: Environment = {}, columns = 80): Screen {
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  const stream = { write, isTTY: true, columns } as never;
  const parts = { isTerminal: true, environment, redactor: new Redactor() };
  return { console: openConsole({ out: stream, err: stream, ...parts }), text: () => text };
}

const started = { type: 'run-started', sync: 'a_sync_of_a_lab', expected: 123_456 } as never;
const loaded = { type: 'file-loaded', sync: 'a_sync_of_a_lab' } as never;

/** A run of that many files, some seconds after its start. */
function tallyOf(files: number, seconds: number): Tally {
  const tally = new Tally();
  tally.onEvent(started);
  for (let count = 0; count < files; count += 1) tally.onEvent(loaded);
  vi.advanceTimersByTime(seconds * 1000);
  return tally;
}

describe('the bar', () => {
  it.each([20, 40, 60, 80, 120, 200])('fits %i columns', (columns) => {
    const tally = tallyOf(4321, 10);
    const text = barText(tally, 'waiting 2 s: TDP refuses the search for now', columns);
    // Less than the name and the number there cannot be.
    expect(text.length).toBeLessThan(Math.max(columns - 2, 42));
    expect(text).toContain('a_sync_of_a_lab');
    expect(text).toContain('4,321 of 123,456 files');
  });

  it('says what is left only where it knows', () => {
    for (const tally of [new Tally(), tallyOf(0, 60), tallyOf(100, 0)])
      expect(barText(tally, '', 80)).not.toMatch(/left|NaN|Inf|\/s/);
    expect(barText(tallyOf(12_345, 10), '', 80)).toContain('1 min 30 s left');
  });

  it('turns, and says so, while TDP is silent', async () => {
    const { console, text } = screen();
    const progress = await openProgress(console, { json: false, level: 'info' });
    progress.onEvent(started);
    vi.advanceTimersByTime(5000);
    progress.end();
    expect(text()).toContain('waiting for an answer, 4.9 s');
    expect(new Set(text().match(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g)).size).toBe(10);
  });

  it('is wiped away before a message, and when it ends', async () => {
    const { console, text } = screen();
    const progress = await openProgress(console, { json: false, level: 'info' });
    progress.onEvent(started);
    progress.aside(() => console.out.lines('a message'));
    progress.end();
    const after = text().length;
    vi.advanceTimersByTime(1000);
    expect(text().length).toBe(after);
    expect(vi.getTimerCount()).toBe(0);
    const [before = '', ...rest] = text().split('a message\n');
    expect(before.endsWith('\u001b[1G\u001b[K')).toBe(true);
    expect(rest.join('')).toMatch(/a_sync_of_a_lab/);
    expect(text().endsWith('\u001b[1G\u001b[K\u001b[?25h')).toBe(true);
  });
});

describe('where nothing can be drawn', () => {
  it.each([[{ TERM: 'dumb' }], [{ LANG: 'C' }], [{ LC_ALL: 'de_DE.ISO-8859-1', LANG: 'C.UTF-8' }]])(
    '%j has plain lines',
    async (environment) => {
      const { console, text } = screen(environment);
      const progress = await openProgress(console, { json: false, level: 'info' });
      progress.onEvent(started);
      for (let seconds = 0; seconds < 12; seconds += 1) {
        vi.advanceTimersByTime(1000);
        progress.onEvent(loaded);
      }
      progress.end();
      expect(text()).toBe(
        'a_sync_of_a_lab: 0 of 123,456 files\n' +
          'a_sync_of_a_lab: 5 of 123,456 files, 1/s, 1 d 10 h left\n' +
          'a_sync_of_a_lab: 10 of 123,456 files, 1/s, 1 d 10 h left\n',
      );
    },
  );

  it.each([[{}], [{ LANG: 'en_GB.UTF-8' }], [{ LC_CTYPE: 'C.utf8', LANG: 'C' }]])(
    '%j has a bar',
    async (environment) => {
      const { console, text } = screen(environment);
      (await openProgress(console, { json: false, level: 'info' })).end();
      expect(text()).toContain('\u001b[?25l');
    },
  );
});

it('the log says of each commit how long it took', async () => {
  const { console, text } = screen();
  const progress = await openProgress(console, { json: true, level: 'info' });
  const counts = { applied: 3, leftAlone: 1 };
  progress.onEvent({ type: 'committed', sync: 'lab', ...counts, durationMs: 12.6 } as never);
  progress.end();
  expect(JSON.parse(text())).toMatchObject({ ...counts, durationMs: 13, msg: 'batch committed' });
});
