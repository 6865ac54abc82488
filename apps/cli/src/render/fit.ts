import { table } from './table.ts';

/** Between two columns. */
const GAP = 2;
/** A narrower cell says nothing. */
const NARROWEST = 8;
/** What ties rows to others, and says nothing to whoever looks at them. */
const KEY = /^(?:_|pk$|fk_|uuid$|parent_uuid$)/i;

/** A table that fits so many columns of a terminal: keys last, the longest cells cut first, then the last columns left out. */
export function fittedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = Number.POSITIVE_INFINITY,
): readonly string[] {
  const order = [...head.keys()].sort((a, b) => rank(head[a]) - rank(head[b]) || a - b);
  const widths = order.map((at) =>
    Math.max(...[head, ...rows].map((row) => lengthOf(row[at] ?? ''))),
  );
  while (totalOf(widths) > columns) {
    const widest = Math.max(...widths);
    if (widest > NARROWEST) widths[widths.indexOf(widest)] = widest - 1;
    else if (widths.length > 1) widths.pop();
    else break;
  }
  const cut = (row: readonly string[]): readonly string[] =>
    widths.map((width, place) => cutTo(row[order[place] ?? 0] ?? '', width));
  const left = order.slice(widths.length).map((at) => head[at] ?? '');
  const lines = table(cut(head), rows.map(cut));
  return left.length === 0 ? lines : [...lines, `… and ${left.length} more: ${left.join(', ')}`];
}

function rank(name = ''): number {
  return KEY.test(name) ? 1 : 0;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

function cutTo(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
