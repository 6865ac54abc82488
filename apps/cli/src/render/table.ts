import Table from 'cli-table3';
import { visible } from '../visible.ts';

/** A table without rulers, as wide as its content, in lines: one for each row, whatever is in its cells. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const none = '';
  const drawn = new Table({
    head: head.map(visible),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  // As wide as it is shown.
  drawn.push(...rows.map((row) => row.map(visible)));
  const lines = drawn.toString().split('\n');
  return lines.map((line) => line.trimEnd());
}
