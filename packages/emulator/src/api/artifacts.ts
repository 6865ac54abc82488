import { schemaOf } from '../lake/ids-schema.ts';
import { parseDocument } from '../lake/searchable.ts';
import { type EmulatorResponse, json, refusal } from '../messages.ts';
import type { ApiCall, ApiContext } from './context.ts';

const SCHEMA = /^\/artifacts\/ids\/([^/]+)\/([^/]+)\/([^/]+)\/files\/schema$/;

/** Whether a path asks for the schema of an IDS. */
export function isSchemaPath(path: string): boolean {
  return SCHEMA.test(path);
}

/** Deeper than any IDS, and not so deep that the stack would not do. */
const MOST_LEVELS = 500;

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1));
}

/** `GET /v1/artifacts/ids/{namespace}/{slug}/{version}/files/schema`: what the lake's own documents of it look like. */
export function idsSchema(call: ApiCall, context: ApiContext): EmulatorResponse {
  const parts = (SCHEMA.exec(call.path) ?? []).slice(1).map(decodeURIComponent);
  const [namespace, slug, version] = parts;
  const ids = `${namespace}/${slug}:${version}`;
  const documents: unknown[] = [];
  for (const file of context.lake.files()) {
    const document = file.attributes.ids === ids ? parseDocument(file.content) : undefined;
    if (document !== undefined && isWithin(document, MOST_LEVELS)) documents.push(document);
  }
  if (documents.length === 0 || !context.switches.idsSchemas)
    return refusal(404, `Artifact not found: ${ids}`);
  return json(200, { content: schemaOf(documents) });
}
