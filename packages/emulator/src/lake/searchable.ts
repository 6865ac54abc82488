import { type Category, isObject, type JsonObject } from './file.ts';

function without(value: unknown, key: string): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) => {
    if (!isObject(item)) return item;
    const { [key]: _numbers, ...rest } = item;
    return rest;
  });
}

function thinCube(cube: unknown): unknown {
  if (!isObject(cube)) return cube;
  const thin: JsonObject = { ...cube };
  if ('measures' in cube) thin['measures'] = without(cube['measures'], 'value');
  if ('dimensions' in cube) thin['dimensions'] = without(cube['dimensions'], 'scale');
  return thin;
}

/** The object that a file holds as JSON, if it does. */
export function parseDocument(content: Uint8Array): JsonObject | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.length).toString());
  } catch {
    // A broken IDS file is stored and listed like any other; it just has no searchable part.
    return undefined;
  }
  return isObject(parsed) ? parsed : undefined;
}

/** What a search shows under `data`: the IDS document, its datacubes without their numbers. */
export function searchableData(category: Category, content: Uint8Array): JsonObject | undefined {
  const parsed = category === 'IDS' ? parseDocument(content) : undefined;
  const cubes = parsed?.['datacubes'];
  return Array.isArray(cubes) ? { ...parsed, datacubes: cubes.map(thinCube) } : parsed;
}
