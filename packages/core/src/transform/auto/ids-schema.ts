import type { ColumnType } from '@tdp-sync/sink';
import { isObject, type JsonObject } from '../../exact-json.ts';
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

  visit(place: Place, node: unknown, spot: Spot | undefined): void {
    if (this.#rank >= MAX_PLACES || place.depth > MAX_LEVELS) return;
    const branches = this.#branchesOf(node, 0);
    place.rank = this.#next();
    const type = place.part === 'payload' ? undefined : literalType(branches);
    place.type = type !== undefined && spot?.treatment === 'hash' ? 'string' : type;
    for (const { properties } of branches) {
      for (const [key, property] of Object.entries(isObject(properties) ? properties : {}))
        this.visit(place.child(key), property, spot?.child(key));
    }
    for (const { items } of branches) if (isObject(items)) this.#visitItems(place, items, spot);
  }

  #visitItems(place: Place, items: JsonObject, spot: Spot | undefined): void {
    const canNest = this.#branchesOf(items, 0).some(isContainerSchema);
    if (!canNest || place.part === 'payload') return;
    place.items.rank = this.#next();
    this.visit(place.items.row, items, spot);
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
