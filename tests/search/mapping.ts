import type { Hit } from './ask.ts';

/** The fields of each index, as a node is told of them. */
export type Mapping = Readonly<Record<string, Properties>>;
type Properties = Record<string, Field>;
type Field = { type?: string; fields?: Properties; properties?: Properties };

const TEXT: Field = { type: 'keyword', fields: { text: { type: 'text' } } };

/** What TDP fixes, whatever the documents hold. */
function fixed(): Properties {
  const texts = ['fileId', 'traceId', 'rawFileId', 'orgSlug', 'category', 'ids', 'idsType'];
  texts.push('idsTypeVersion', 'filePath', 'tags');
  const of = (...names: string[]): Properties =>
    Object.fromEntries(names.map((name) => [name, TEXT]));
  return {
    ...of(...texts),
    file: {
      properties: {
        ...of('bucket', 'path', 'version', 'checksum', 'type', 's3ContentType'),
        ...of('s3ContentEncoding', 'tsEncodedPath'),
        size: { type: 'long' },
      },
    },
    source: { properties: of('id', 'name', 'type') },
    integration: { properties: of('id', 'name', 'type') },
    labels: { type: 'nested', properties: of('name', 'value') },
    createdAt: { type: 'date' },
    indexedAt: { type: 'date' },
    outdated: { type: 'boolean' },
    deleted: { type: 'boolean' },
  };
}

function typeOf(value: unknown): Field {
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'long' : 'double' };
  return typeof value === 'boolean' ? { type: 'boolean' } : TEXT;
}

function learn(properties: Properties, name: string, value: unknown, nestable: boolean): void {
  const values = (Array.isArray(value) ? value.flat(9) : [value]).filter((item) => item !== null);
  for (const item of values) {
    if (typeof item !== 'object') {
      properties[name] ??= typeOf(item);
      continue;
    }
    const nested = Array.isArray(value) && nestable;
    properties[name] ??= { ...(nested ? { type: 'nested' } : {}), properties: {} };
    const below = properties[name].properties ?? {};
    for (const [key, inner] of Object.entries(item)) learn(below, key, inner, nestable);
  }
}

/** The mappings under which the documents are found as TDP finds them: keywords with words beside them, arrays of objects nested. */
export function mappingOf(hits: readonly Hit[]): Mapping {
  const mapping: Record<string, Properties> = {};
  for (const { _index, _source = {} } of hits) {
    mapping[_index] ??= fixed();
    const properties = mapping[_index];
    for (const name of ['metadata', 'trace', 'data']) {
      if (_source[name] !== undefined) learn(properties, name, _source[name], name === 'data');
    }
  }
  return mapping;
}
