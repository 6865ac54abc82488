import type { Column, Value } from '@tdp-sync/sink';
import { parseMomentMs } from '../units.ts';
import { quoted, WhereError } from './tokens.ts';

/** How a column is compared with a value. */
export type Operator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** A value as it is compared: a text, or a number, which a time is too, in milliseconds since 1970. */
export type Literal = string | number;

/** A condition on the rows of a table. */
export type Where =
  | { readonly is: 'and' | 'or'; readonly parts: readonly Where[] }
  | { readonly is: 'not'; readonly part: Where }
  | { readonly is: 'null'; readonly column: Column }
  | {
      readonly is: 'compare';
      readonly column: Column;
      readonly operator: Operator;
      readonly value: Literal;
    }
  | {
      readonly is: 'like';
      readonly column: Column;
      readonly pattern: string;
      /** Signs that stand for any text, and for any one letter. Default: % and _, as in SQL. */
      readonly wildcards?: '*';
      readonly ignoresCase: boolean;
    };

/**
 * What is written of a value, as its column compares it.
 *
 * @throws WhereError when it is none for this column.
 */
export function literalOf({ name, type }: Column, written: string, isText: boolean): Literal {
  if (type === 'timestamp') {
    const timeMs = isText ? parseMomentMs(written) : undefined;
    if (timeMs !== undefined) return timeMs;
    throw new WhereError(
      `needs a time in quotes for ${name}, such as '2024-03-01' or '2024-03-01T08:00:00Z', and not "${quoted(written)}"`,
    );
  }
  if (type !== 'int64') {
    if (isText) return written;
    throw new WhereError(`needs a text in quotes ('…') for ${name}, and not ${written}`);
  }
  if (!isText) return Number(written);
  throw new WhereError(`needs a number for ${name}, without quotes, and not '${quoted(written)}'`);
}

/** Columns that a condition looks at. */
export function columnsOf(where: Where): readonly Column[] {
  switch (where.is) {
    case 'and':
    case 'or':
      return where.parts.flatMap(columnsOf);
    case 'not':
      return columnsOf(where.part);
    default:
      return [where.column];
  }
}

/** Whether a row is meant, by the rules of SQL: what is compared with null is neither true nor false. */
export function isMeant(where: Where, cell: (column: string) => Value): boolean {
  return truth(where, cell) === true;
}

function truth(where: Where, cell: (column: string) => Value): boolean | undefined {
  switch (where.is) {
    case 'and':
      return all(where.parts, cell, false);
    case 'or':
      return all(where.parts, cell, true);
    case 'not': {
      const part = truth(where.part, cell);
      return part === undefined ? undefined : !part;
    }
    case 'null':
      return cell(where.column.name) === null;
    case 'like': {
      const value = cell(where.column.name);
      return value === null ? undefined : likeness(where).test(String(value));
    }
    case 'compare': {
      const value = comparable(where.column, cell(where.column.name));
      return value === undefined ? undefined : compares(value, where.operator, where.value);
    }
  }
}

/** One part that is `decisive` decides; else one that nobody knows leaves it open. */
function all(
  parts: readonly Where[],
  cell: (column: string) => Value,
  decisive: boolean,
): boolean | undefined {
  let isOpen = false;
  for (const part of parts) {
    const value = truth(part, cell);
    if (value === decisive) return decisive;
    isOpen ||= value === undefined;
  }
  return isOpen ? undefined : !decisive;
}

function comparable({ type }: Column, value: Value): Literal | undefined {
  if (value === null) return undefined;
  if (type === 'timestamp') return Date.parse(`${String(value).slice(0, 23)}Z`);
  return type === 'int64' ? Number(value) : String(value);
}

function compares(value: Literal, operator: Operator, other: Literal): boolean {
  switch (operator) {
    case '=':
      return value === other;
    case '<>':
      return value !== other;
    case '<':
      return value < other;
    case '<=':
      return value <= other;
    case '>':
      return value > other;
    case '>=':
      return value >= other;
  }
}

/** What means something in a pattern of JavaScript. */
const SPECIAL = /[\\^$.*+?()[\]{}|/]/;
const PATTERNS = new Map<string, RegExp>();

function likeness({ pattern, wildcards, ignoresCase }: Extract<Where, { is: 'like' }>): RegExp {
  const [any, one] = wildcards === '*' ? ['*'] : ['%', '_'];
  const key = `${ignoresCase ? 'i' : ''}${any} ${pattern}`;
  const known = PATTERNS.get(key);
  if (known !== undefined) return known;
  const source = [...pattern]
    .map((sign) => (sign === any ? '.*' : sign === one ? '.' : sign.replace(SPECIAL, '\\$&')))
    .join('');
  const made = new RegExp(`^${source}$`, ignoresCase ? 'isu' : 'su');
  PATTERNS.set(key, made);
  return made;
}
