import { isObject, type JsonObject } from '../lake/file.ts';
import { parsingError, SearchError } from './errors.ts';

/** What Elasticsearch's parser calls a value. */
export function tokenName(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === null) return 'VALUE_NULL';
  if (typeof value === 'object') return 'START_OBJECT';
  if (typeof value === 'boolean') return 'VALUE_BOOLEAN';
  return `VALUE_${(typeof value).toUpperCase()}`;
}

/** A name that an object has twice, which JSON.parse lets pass and Elasticsearch does not. */
function doubled(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, name] of text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (name !== undefined) {
      const names = open.at(-1);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return undefined;
}

function broken(text: string, error: unknown): SearchError {
  const reason = error instanceof Error ? error.message : 'not JSON';
  const place = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
  const early = reason.includes('end of JSON input') || place >= text.trimEnd().length;
  return new SearchError(early ? 'json_e_o_f_exception' : 'json_parse_exception', reason);
}

/** Reads the body of a search. */
export function parseBody(text: string): JsonObject {
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw broken(text, error);
  }
  if (!isObject(body)) throw parsingError('Expected [START_OBJECT] but found something else');
  const name = doubled(text);
  if (name !== undefined)
    throw new SearchError('json_parse_exception', `Duplicate field '${name}'`);
  return body;
}
