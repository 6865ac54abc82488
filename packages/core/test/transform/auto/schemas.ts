import { ExactNumber } from '../../../src/exact-json.ts';

/** A JSON Schema that a document keeps to, its properties in the reverse of the document's order. */
export function schemaOf(document: unknown): object {
  return schemaFor([document]);
}

function schemaFor(values: readonly unknown[]): object {
  const arrays = values.filter((value): value is readonly unknown[] => Array.isArray(value));
  const objects = values.filter(isObject);
  const keys = new Set(objects.flatMap((value) => Object.keys(value)).toReversed());
  const properties = [...keys].map((key) => [
    key,
    schemaFor(objects.filter((value) => Object.hasOwn(value, key)).map((value) => value[key])),
  ]);
  return {
    type: [...new Set(values.map(typeName))],
    ...(arrays.length === 0 ? {} : { items: schemaFor(arrays.flat()) }),
    ...(objects.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeName(value) === 'object';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return value instanceof ExactNumber ? 'number' : typeof value;
}
