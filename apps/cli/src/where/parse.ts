import type { Column } from '@tdp-sync/sink';
import { nearest } from '../near.ts';
import { quoted, type Token, tokens, WhereError } from './tokens.ts';
import { type Literal, literalOf, type Operator, type Where } from './where.ts';

/**
 * Reads a condition in the part of SQL that all databases have in common: comparisons of a column with a value, LIKE, ILIKE, IN, BETWEEN,
 * IS NULL, NOT, AND, OR and brackets.
 *
 * @throws WhereError for all else, with the reason.
 */
export function parseWhere(condition: string, columns: readonly Column[]): Where {
  const parser = new Parser(tokens(condition), columns);
  const where = parser.either();
  parser.end();
  return where;
}

const SIGNS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

class Parser {
  readonly #tokens: readonly Token[];
  readonly #columns: ReadonlyMap<string, Column>;
  #at = 0;

  constructor(all: readonly Token[], columns: readonly Column[]) {
    this.#tokens = all;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
  }

  /** What may stand at the lowest rank: parts with OR between them. */
  either(): Where {
    const parts = [this.#both()];
    while (this.#takes('OR')) parts.push(this.#both());
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { is: 'or', parts };
  }

  end(): void {
    const { is, value } = this.#next;
    if (is !== 'end')
      throw new WhereError(`has "${quoted(value)}" where AND, OR or its end should be`);
  }

  #both(): Where {
    const parts = [this.#one()];
    while (this.#takes('AND')) parts.push(this.#one());
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { is: 'and', parts };
  }

  #one(): Where {
    if (this.#takes('NOT')) return { is: 'not', part: this.#one() };
    if (!this.#takesSign('(')) return this.#predicate();
    const inner = this.either();
    this.#expectSign(')');
    return inner;
  }

  #predicate(): Where {
    const column = this.#column();
    const sign = this.#next.is === 'sign' ? SIGNS[this.#next.value] : undefined;
    if (sign !== undefined) {
      this.#at += 1;
      return { is: 'compare', column, operator: sign, value: this.#literal(column) };
    }
    if (this.#takes('IS')) {
      const isNot = this.#takes('NOT');
      this.#expect('NULL');
      return notIf(isNot, { is: 'null', column });
    }
    const isNot = this.#takes('NOT');
    return notIf(isNot, this.#search(column));
  }

  #search(column: Column): Where {
    if (this.#takes('LIKE')) return this.#like(column, false);
    if (this.#takes('ILIKE')) return this.#like(column, true);
    if (this.#takes('BETWEEN')) {
      const from = this.#literal(column);
      this.#expect('AND');
      const parts: readonly Where[] = [
        { is: 'compare', column, operator: '>=', value: from },
        { is: 'compare', column, operator: '<=', value: this.#literal(column) },
      ];
      return { is: 'and', parts };
    }
    this.#expect('IN', '=, <>, <, <=, >, >=, LIKE, ILIKE, IN, BETWEEN or IS');
    this.#expectSign('(');
    const parts: Where[] = [];
    do parts.push({ is: 'compare', column, operator: '=', value: this.#literal(column) });
    while (this.#takesSign(','));
    this.#expectSign(')');
    return { is: 'or', parts };
  }

  #like(column: Column, ignoresCase: boolean): Where {
    if (column.type !== 'string' && column.type !== 'json')
      throw new WhereError(`asks for LIKE of ${column.name}, which is no text`);
    const { is, value } = this.#take();
    if (is !== 'text') throw new WhereError(`needs a text in quotes ('…') behind LIKE`);
    return { is: 'like', column, pattern: value, ignoresCase };
  }

  #column(): Column {
    const { is, value } = this.#take();
    if (is === 'end') throw new WhereError('ends where a column should be');
    if (is !== 'word' && is !== 'name')
      throw new WhereError(`has "${quoted(value)}" where a column should be`);
    const found = this.#columns.get(is === 'word' ? value.toLowerCase() : value);
    if (found !== undefined) return found;
    this.#refuseFunction(value);
    const names = [...this.#columns.keys()];
    const meant = nearest(value, names);
    const guess = meant === undefined ? `it has ${names.join(', ')}` : `did you mean ${meant}?`;
    throw new WhereError(
      `names "${quoted(value)}", and the files table has no such column: ${guess}`,
    );
  }

  #literal(column: Column): Literal {
    const { is, value } = this.#take();
    if (is === 'word') this.#refuseFunction(value);
    if (is !== 'text' && is !== 'number')
      throw new WhereError(
        `needs a value for ${column.name}, a number or a text in quotes ('…'), and not "${quoted(value)}"`,
      );
    return literalOf(column, value, is === 'text');
  }

  #refuseFunction(name: string): void {
    if (this.#next.is === 'sign' && this.#next.value === '(')
      throw new WhereError(
        `asks for ${quoted(name)}(…), and there are no functions here: only a column as it is and a value are compared (ILIKE takes no notice of capitals)`,
      );
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { is: 'end', value: '', at: 0 };
  }

  #take(): Token {
    const token = this.#next;
    this.#at += 1;
    return token;
  }

  #takes(word: string): boolean {
    const { is, value } = this.#next;
    if (is !== 'word' || value.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #takesSign(sign: string): boolean {
    const { is, value } = this.#next;
    if (is !== 'sign' || value !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string, what: string = word): void {
    const { is, value } = this.#next;
    if (this.#takes(word)) return;
    throw new WhereError(
      is === 'end'
        ? `ends where ${what} should be`
        : `has "${quoted(value)}" where ${what} should be`,
    );
  }

  #expectSign(sign: string): void {
    const { is, value } = this.#next;
    if (this.#takesSign(sign)) return;
    throw new WhereError(
      is === 'end' ? `lacks a "${sign}"` : `has "${quoted(value)}" where "${sign}" should be`,
    );
  }
}

function notIf(isNot: boolean, part: Where): Where {
  return isNot ? { is: 'not', part } : part;
}
