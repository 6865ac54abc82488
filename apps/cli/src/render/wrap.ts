import { visible } from '../visible.ts';
import { table } from './table.ts';

/** In a narrower column a sentence is not to be read. */
const NARROWEST = 30;
const INDENT = '  ';

/** A text in lines of at most so many characters, broken between words where it can be. */
export function wrapped(text: string, columns: number): readonly string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (lengthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const [rest = '', ...full] = cut(word, width).reverse();
    lines.push(...full.reverse());
    line = rest;
  }
  return [...lines, line];
}

/** A text whose lines after the first are set in. */
export function hanging(text: string, columns: number | undefined): readonly string[] {
  if (columns === undefined) return [text];
  const [first = '', ...rest] = wrapped(text, columns - INDENT.length);
  return [first, ...rest.map((line) => INDENT + line)];
}

/** A table whose last column has sentences, in so many columns of a terminal: they go on below themselves, or below the row where that is too narrow. */
export function sentenceTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly string[] {
  if (columns === undefined) return table(head, rows);
  const short = table(
    head.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  );
  const left = Math.max(...short.map(lengthOf)) + INDENT.length;
  if (columns - left >= NARROWEST)
    return [head, ...rows].flatMap((row, at) =>
      wrapped(row.at(-1) ?? '', columns - left).map((line, number) =>
        `${(number === 0 ? (short[at] ?? '') : '').padEnd(left)}${line}`.trimEnd(),
      ),
    );
  return short.flatMap((row, at) => {
    const sentence = at === 0 ? undefined : rows[at - 1]?.at(-1);
    if (sentence === undefined) return [row];
    return [row, ...wrapped(sentence, columns - INDENT.length).map((line) => INDENT + line)];
  });
}

function cut(word: string, width: number): string[] {
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, at) =>
    characters.slice(at * width, (at + 1) * width).join(''),
  );
}

function lengthOf(text: string): number {
  return [...text].length;
}
