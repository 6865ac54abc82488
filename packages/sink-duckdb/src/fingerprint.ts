import { hash } from 'node:crypto';
import type { Column } from '@tdp-sync/sink';
import { printed } from './values.ts';

/** A column and the expression that stands for its value in a row. */
export interface Cell {
  readonly column: Column;
  readonly value: string;
}

/** How many characters stand for the name of a column: the fewer, the less is to be digested. */
const TAG = 4;

/**
 * The fingerprint of a row, as 32 bits in a UBIGINT: of its number and of all its cells, in the order of their names. A cell that
 * is null adds nothing, so that a column more changes nothing. `row` is the expression of the number; `isShort` says that no
 * text is long.
 *
 * By MD5 and not by DuckDB's own `hash`, which takes a third of the time: DuckDB 1.2 and 1.3 have changed that one, and then a
 * million files would seem damaged.
 */
export function rowFingerprint(row: string, cells: readonly Cell[], isShort: boolean): string {
  const tagged = cells
    .map(({ column, value }) => ({ column, value, name: fold(column.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ column, value, name }) => {
      const tag = hash('md5', name, 'base64').slice(0, TAG);
      return `'|${tag}' || ${printed(column.type, value, isShort)}`;
    });
  return `md5_number_lower(concat(${[row, ...tagged].join(', ')})) >> 32`;
}

/** DuckDB compares names without case, for the letters A to Z only. */
export function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
