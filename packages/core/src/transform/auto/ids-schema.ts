import type { ColumnType } from '@tdp-sync/sink';
import { isObject, type JsonObject } from '../../exact-json.ts';
import { storableText } from '../../json.ts';
import type { Spot } from '../columns/spot.ts';
import { MAX_LEVELS, type Place } from './places.ts';

/** A schema can refer to itself; what a document then really has is found out from the document. */
const MAX_PLACES = 20_000;

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ['string', 'string'],
  ['number', 'float64'],
  ['integer', 'float64'],
  ['boolean', 'boolean'],
]);

/**
 * Tells the places of a layout what an IDS's JSON Schema (draft-07) says of them: their order, and the
 * type of those that hold one kind of literal. A schema is a hint: what it leaves open, or what is
 * strange in it, is left to the documents. Where values are hashed, hashes are what comes.
 */
export function applySchema(row: Place, schema: unknown, spot?: Spot): void {
  const walk = new SchemaWalk(schema);
  walk.visit(row, schema, spot);
}

class SchemaWalk {
  readonly #root: unknown;
  #rank = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  visit(place: Place, node: unknown, spot: Spot | undefined, above: SchemaWords = {}): void {
    if (this.#rank >= MAX_PLACES || place.depth > MAX_LEVELS) return;
    const branches = this.#branchesOf(node, 0);
    place.rank = this.#next();
    const type = place.part === 'payload' ? undefined : literalType(branches);
    place.type = type !== undefined && spot?.treatment === 'hash' ? 'string' : type;
    const words = wordsOf(branches);
    place.description = words.description ?? above.description;
    place.unit = words.unit ?? above.unit;
    for (const { properties } of branches) {
      if (!isObject(properties)) continue;
      // In TDP's convention a quantity is an object of value and unit.
      const unit = this.#onlyText(properties['unit']) ?? words.unit;
      for (const [key, property] of Object.entries(properties)) {
        const said = key === 'value' ? { ...words, unit } : {};
        this.visit(place.child(key), property, spot?.child(key), said);
      }
    }
    for (const { items } of branches) if (isObject(items)) this.#visitItems(place, items, spot);
  }

  #visitItems(place: Place, items: JsonObject, spot: Spot | undefined): void {
    const canNest = this.#branchesOf(items, 0).some(isContainerSchema);
    if (!canNest || place.part === 'payload') return;
    place.items.rank = this.#next();
    this.visit(place.items.row, items, spot);
  }

  /** The one text that a schema allows. */
  #onlyText(node: unknown): string | undefined {
    const texts = this.#branchesOf(node, 0).flatMap(({ const: constant, enum: values }) =>
      Array.isArray(values) ? (values as readonly unknown[]) : [constant],
    );
    const [only, ...others] = texts.filter((text) => text !== undefined && text !== null);
    return typeof only === 'string' && others.length === 0 ? only : undefined;
  }

  #next(): number {
    this.#rank += 1;
    return this.#rank;
  }

  /** The schema with its references followed, or all that it allows instead. */
  #branchesOf(node: unknown, followed: number): readonly JsonObject[] {
    if (!isObject(node) || followed > MAX_LEVELS) return [];
    const { $ref: reference } = node;
    if (typeof reference === 'string')
      return this.#branchesOf(resolved(this.#root, reference), followed + 1);
    const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((key) =>
      Array.isArray(node[key]) ? (node[key] as readonly unknown[]) : [],
    );
    return [node, ...parts.flatMap((part) => this.#branchesOf(part, followed + 1))];
  }
}

/** The part of a schema that a reference such as `#/definitions/quantity` points to. */
function resolved(root: unknown, reference: string): unknown {
  const [document, pointer = ''] = reference.split('#');
  if (document !== '') return undefined;
  return pointer
    .split('/')
    .slice(1)
    .reduce((node: unknown, part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
    }, root);
}

/** What a schema says of a place in words. */
interface SchemaWords {
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
}

/** Longer ones say more than a comment of a database should. */
const MAX_WORDS = 500;

function wordsOf(branches: readonly JsonObject[]): SchemaWords {
  const said = (key: string): string | undefined =>
    branches.map((branch) => branch[key]).find((text) => typeof text === 'string') as
      | string
      | undefined;
  const [title, description] = [said('title'), said('description')];
  const both = [title, description].filter((text) => text !== undefined && text.trim() !== '');
  return { description: inOneLine(both.join(': '), MAX_WORDS), unit: inOneLine(said('unit'), 40) };
}

function inOneLine(text: string | undefined, length: number): string | undefined {
  const line = storableText(text ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line === '') return undefined;
  return line.length > length ? `${line.slice(0, length - 1)}…`.toWellFormed() : line;
}

/** The column type when all that is allowed besides null is one kind of literal. */
function literalType(branches: readonly JsonObject[]): ColumnType | undefined {
  const named = new Set(branches.flatMap(typesIn).filter((type) => type !== 'null'));
  const types = new Set([...named].map((type) => COLUMN_TYPES.get(type)));
  return types.size === 1 ? [...types][0] : undefined;
}

function typesIn({ type, ...rest }: JsonObject): readonly string[] {
  if (type !== undefined) return (Array.isArray(type) ? type : [type]).map(String);
  const { enum: values, const: constant } = rest;
  const examples = Array.isArray(values) ? values : 'const' in rest ? [constant] : [];
  return examples.map((value) => (value === null ? 'null' : typeof value));
}

function isContainerSchema(schema: JsonObject): boolean {
  return typesIn(schema).some((type) => type === 'object' || type === 'array');
}
