import type { JsonObject } from './file.ts';

/** What is known of the values at one place. */
interface Shape {
  readonly types: Set<string>;
  readonly properties: Map<string, Shape>;
  items: Shape | undefined;
}

/**
 * The JSON Schema (draft-07) that these documents keep to, as the author of an IDS would have written it: every
 * node typed, nothing but what is named, literals nullable.
 */
export function schemaOf(documents: Iterable<unknown>): JsonObject {
  const shape = newShape();
  for (const document of documents) learn(shape, document);
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...describe(shape) };
}

function newShape(): Shape {
  return { types: new Set(), properties: new Map(), items: undefined };
}

function learn(shape: Shape, value: unknown): void {
  shape.types.add(typeOf(value));
  if (Array.isArray(value)) {
    shape.items ??= newShape();
    for (const item of value) learn(shape.items, item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const property = shape.properties.get(key) ?? newShape();
      shape.properties.set(key, property);
      learn(property, inner);
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function describe({ types, properties, items }: Shape): JsonObject {
  const named = [...properties].map(([key, property]) => [key, describe(property)] as const);
  const isLiteral = !types.has('object') && !types.has('array');
  const all = isLiteral ? [...types].filter(isNoNull).concat('null') : [...types].filter(isNoNull);
  return {
    type: all.length === 1 ? (all[0] ?? 'null') : all,
    ...(types.has('object')
      ? { additionalProperties: false, properties: Object.fromEntries(named) }
      : {}),
    ...(items === undefined ? {} : { items: describe(items) }),
  };
}

/** Objects and arrays of an IDS cannot be null. */
function isNoNull(type: string): boolean {
  return type !== 'null';
}
