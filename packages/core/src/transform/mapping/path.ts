import type { ColumnType } from '@tdp-sync/sink';
import { Reader } from './reader.ts';

export { PathError } from './reader.ts';

/*
 * The paths of a mapping. Blanks may stand at both ends and around `as`, nowhere else.
 *
 *   rows      = ( "$" | name ) { step | each } ;           its last part is an `each`
 *   column    = ( "." | position | path ) [ "as" type ] ;
 *   path      = origin { step } | index { step } | name { step } | meta ;
 *   origin    = "$" | ups ;                                the document | a row further out
 *   meta      = "meta" "." name [ "." name ] ;             an attribute of the file
 *   step      = "." name | index ;
 *   index     = "[" ( number | position ) "]" ;
 *   each      = "[]" ;                                     one row per item
 *   position  = [ ups ] "#" ;                              of the row in its array, from 0
 *   ups       = "^" { "^" } ;
 *   name      = bare | quoted ;                            `meta` as a first name is quoted
 *   bare      = one or more letters, digits, "_", "-", "@" ;
 *   quoted    = a string as JSON writes it ;
 *   number    = [ "-" ] 1 to 9 digits ;                    negative: counted from the end
 *   type      = one of COLUMN_TYPES ;
 */

/** The types that a column can have, as the sink contract defines them. */
export const COLUMN_TYPES: readonly [ColumnType, ...ColumnType[]] = [
  'string',
  'int64',
  'float64',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'json',
];

/** From a value to one inside it. */
export type Step =
  | { readonly kind: 'key'; readonly name: string }
  /** Negative: from the end. */
  | { readonly kind: 'item'; readonly at: number }
  /** The item at the position of the row, or of a row `up` levels further out. */
  | { readonly kind: 'itemOfRow'; readonly up: number };

/** A step on the way to the rows. `each` makes a row, or a level of rows, of every item. */
export type RowsStep = Exclude<Step, { kind: 'itemOfRow' }> | { readonly kind: 'each' };

/** Where rows stand, seen from the document. */
export type RowsPath = readonly RowsStep[];

/** Where the value of a column stands. `up` counts the levels of rows outwards from the row itself. */
export type ColumnPath =
  | { readonly from: 'row'; readonly up: number; readonly steps: readonly Step[] }
  | { readonly from: 'document'; readonly steps: readonly Step[] }
  | { readonly from: 'meta'; readonly name: string; readonly part?: string }
  | { readonly from: 'position'; readonly up: number };

/** Reads the path of a table's rows, such as `injections[].peaks[]`. */
export function parseRows(text: string): RowsPath {
  const reader = new Reader(text);
  reader.take(BLANKS);
  const steps: RowsStep[] = [];
  if (reader.take(DOCUMENT) === undefined) steps.push(readFirstKey(reader));
  while (readRowsStep(reader, steps));
  if (steps.at(-1)?.kind !== 'each') reader.fail('`[]` at the end: one row per item');
  readEnd(reader, `${GOES_ON} or the end`);
  return steps;
}

/** Reads a column's short form: a path, then perhaps `as` and a type. */
export function parseColumn(text: string): { path: ColumnPath; type: ColumnType | undefined } {
  const reader = new Reader(text);
  const path = readPath(reader);
  const type = reader.take(AS) === undefined ? undefined : readType(reader);
  readEnd(reader, type === undefined ? `${GOES_ON}, \` as <type>\` or the end` : 'the end');
  return { path, type };
}

/** Reads the path of a column, without a type. */
export function parsePath(text: string): ColumnPath {
  const reader = new Reader(text);
  const path = readPath(reader);
  readEnd(reader, `${GOES_ON} or the end (the type stands under \`type\`)`);
  return path;
}

/** The one spelling of a rows path; `$` without any step. */
export function formatRows(path: RowsPath): string {
  const [first, ...others] = path;
  if (first?.kind !== 'key') return `$${path.map(formatStep).join('')}`;
  return firstName(first.name) + others.map(formatStep).join('');
}

/** The one spelling of a column path. */
export function formatPath(path: ColumnPath): string {
  if (path.from === 'position') return `${'^'.repeat(path.up)}#`;
  if (path.from === 'meta') {
    return ['meta', path.name, path.part]
      .filter((part) => part !== undefined)
      .map(bareOrQuoted)
      .join('.');
  }
  const steps = path.steps.map(formatStep).join('');
  if (path.from === 'document') return `$${steps}`;
  if (path.up > 0) return '^'.repeat(path.up) + steps;
  const [first, ...others] = path.steps;
  if (first === undefined) return '.';
  return first.kind === 'key' ? firstName(first.name) + others.map(formatStep).join('') : steps;
}

const META = 'meta';
/** What can follow a whole path. The commonest mistake is a name with a blank in it. */
const GOES_ON = '`.`, `[` (names with blanks or signs stand in quotes)';
const BLANKS = /\s+/y;
const AS = /\s+as(?:\s+|$)/y;
const WORD = /\w+/y;
const DOCUMENT = /\$/y;
const UPS = /\^+/y;
const HASH = /#/y;
const DOT = /\./y;
const OPEN = /\[/y;
const CLOSE = /\]/y;
const EACH = /\[\]/y;
const ONLY_BARE = /^[\p{L}\p{M}\p{N}_@-]+$/u;

function readPath(reader: Reader): ColumnPath {
  reader.take(BLANKS);
  const up = reader.take(UPS)?.length ?? 0;
  if (reader.take(HASH) !== undefined) return { from: 'position', up };
  if (up > 0) return { from: 'row', up, steps: readSteps(reader) };
  if (reader.take(DOCUMENT) !== undefined) return { from: 'document', steps: readSteps(reader) };
  if (reader.take(DOT) !== undefined) return { from: 'row', up, steps: [] };
  if (reader.take(OPEN) !== undefined) {
    return { from: 'row', up, steps: [readIndex(reader), ...readSteps(reader)] };
  }
  const bare = reader.bare();
  if (bare === META) return readMeta(reader);
  const name = bare ?? reader.quoted() ?? reader.fail('a name, `.`, `$`, `^`, `#`, `[` or `meta`');
  return { from: 'row', up, steps: [{ kind: 'key', name }, ...readSteps(reader)] };
}

function readMeta(reader: Reader): ColumnPath {
  if (reader.take(DOT) === undefined) {
    reader.fail(
      '`.` and an attribute of the file (a key of the row called meta is written `"meta"`)',
    );
  }
  const name = reader.name();
  if (reader.take(DOT) === undefined) return { from: 'meta', name };
  return { from: 'meta', name, part: reader.name() };
}

function readSteps(reader: Reader): Step[] {
  const steps: Step[] = [];
  for (;;) {
    if (reader.take(DOT) !== undefined) steps.push({ kind: 'key', name: reader.name() });
    else if (reader.take(OPEN) !== undefined) steps.push(readIndex(reader));
    else return steps;
  }
}

/** Behind the `[`. */
function readIndex(reader: Reader): Step {
  const up = reader.take(UPS)?.length ?? 0;
  if (reader.take(HASH) !== undefined) return closed(reader, { kind: 'itemOfRow', up });
  return up > 0 ? reader.fail('`#`') : readItem(reader, '`#`');
}

function readItem(reader: Reader, alternative: string): Exclude<Step, { kind: 'itemOfRow' }> {
  const at = reader.number() ?? reader.fail(`${alternative}, or a position such as 0 or -1`);
  return closed(reader, { kind: 'item', at });
}

function closed<Closed>(reader: Reader, step: Closed): Closed {
  return reader.take(CLOSE) === undefined ? reader.fail('`]`') : step;
}

/** Adds the next step. `false` when there is none. */
function readRowsStep(reader: Reader, steps: RowsStep[]): boolean {
  if (reader.take(EACH) !== undefined) steps.push({ kind: 'each' });
  else if (reader.take(DOT) !== undefined) steps.push({ kind: 'key', name: reader.name() });
  else if (reader.take(OPEN) !== undefined) steps.push(readItem(reader, '`]`'));
  else return false;
  return true;
}

/** Rows come from the document; who writes `meta.labels[]` would wait for them in vain. */
function readFirstKey(reader: Reader): RowsStep {
  const bare = reader.bare();
  if (bare === META) {
    reader.fail('a key of the document (one called meta is written `"meta"`)', META.length);
  }
  return { kind: 'key', name: bare ?? reader.quoted() ?? reader.fail('a name or `$`') };
}

function readType(reader: Reader): ColumnType {
  const word = reader.take(WORD);
  return (
    COLUMN_TYPES.find((type) => type === word) ??
    reader.fail(`a type: ${COLUMN_TYPES.join(', ')}`, word?.length)
  );
}

function readEnd(reader: Reader, expected: string): void {
  reader.take(BLANKS);
  if (!reader.isAtEnd) reader.fail(expected);
}

function formatStep(step: Step | RowsStep): string {
  switch (step.kind) {
    case 'key':
      return `.${bareOrQuoted(step.name)}`;
    case 'item':
      return `[${step.at}]`;
    case 'itemOfRow':
      return `[${'^'.repeat(step.up)}#]`;
    case 'each':
      return '[]';
  }
}

function firstName(name: string): string {
  return name === META ? '"meta"' : bareOrQuoted(name);
}

function bareOrQuoted(name: string): string {
  return ONLY_BARE.test(name) ? name : JSON.stringify(name);
}
