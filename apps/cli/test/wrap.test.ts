import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hanging, sentenceTable, wrapped } from '../src/render/wrap.ts';

describe('a sentence in a narrow terminal', () => {
  it('is broken between words, and within one only where it must be', () => {
    expect(wrapped('the file /a/very/long/path is gone', 12)).toEqual([
      'the file',
      '/a/very/long',
      '/path is',
      'gone',
    ]);
    expect(wrapped('', 5)).toEqual(['']);
    expect(hanging('one two three', 7)).toEqual(['one', '  two', '  three']);
    expect(hanging('one two three', undefined)).toEqual(['one two three']);
  });

  it('loses nothing, and no line is longer', () => {
    const printable = fc.stringMatching(/^[ -~é]*$/);
    fc.assert(
      fc.property(printable, fc.integer({ min: 1, max: 90 }), (text, columns) => {
        const lines = wrapped(text, columns);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});

const HEAD = ['Check', 'Result', 'Detail'];
const ROWS = [
  ['search lab', 'ok', '3 files, the newest indexed 2026-03-01 08:15:00 UTC'],
  ['sink', 'failed', 'no'],
];

describe('a table with sentences', () => {
  it('has them in its last column, where they go on', () => {
    expect(sentenceTable(HEAD, ROWS, 60)).toEqual([
      'Check       Result  Detail',
      'search lab  ok      3 files, the newest indexed 2026-03-01',
      '                    08:15:00 UTC',
      'sink        failed  no',
    ]);
  });

  it('has them below each row where the column would be too narrow', () => {
    expect(sentenceTable(HEAD, ROWS, 40)).toEqual([
      'Check       Result',
      'search lab  ok',
      '  3 files, the newest indexed 2026-03-01',
      '  08:15:00 UTC',
      'sink        failed',
      '  no',
    ]);
  });

  it('has a line for each row where nobody watches', () => {
    expect(sentenceTable(HEAD, ROWS, undefined)).toHaveLength(3);
  });
});
