import { isUtf8 } from 'node:buffer';
import { type Table, vouchFor } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { parseExactly } from '../exact-json.ts';
import { describeFile, type FileHit } from '../file.ts';
import { storableJson } from '../json.ts';
import { startOf } from './json-bytes.ts';
import { jsonFault } from './json-fault.ts';
import { isJson } from './json-syntax.ts';
import { placeIn } from './place.ts';
import type { ExtractedTable, Transform } from './transform.ts';

/** One row per file in the table `name`: its whole content in the JSON column `document`. */
export function documentTransform(name: string): Transform {
  return {
    fingerprint: `document:${name}`,
    readsAttributes: false,
    declared: [documentTableOf(name)],
    extract: async (file, content) => ({
      layout: 'document',
      tables: [documentTable(name, jsonText(file, content))],
    }),
  };
}

/** The table that holds whole documents. */
export function documentTableOf(name: string): Table {
  return { name, columns: [{ name: 'document', type: 'json' }] };
}

const WHOLE = { path: '.', description: 'The whole document.' };

/** The one row that holds a whole document. `json` comes of {@link jsonText}, {@link parseText} or {@link parseBoth}. */
export function documentTable(name: string, json: string): ExtractedTable {
  return {
    path: name,
    name,
    columns: [{ path: 'document', name: 'document', type: 'json', unfit: 0, about: WHOLE }],
    rows: [vouchFor([json])],
  };
}

/** The content as a value, numbers with all their digits. */
export function parseDocument(file: FileHit, content: Buffer): unknown {
  return parsed(file, content, parseExactly);
}

/** The content as a value and as {@link jsonText}. */
export function parseBoth(
  file: FileHit,
  content: Buffer,
): { readonly value: unknown; readonly text: string } {
  return parsed(file, content, (json) => ({
    value: parseExactly(json),
    text: storableJson(json),
  }));
}

const BYTE_ORDER_MARK = '\uFEFF';

/** The content as JSON text, to the letter but for a byte order mark and what no database can hold. */
export function jsonText(file: FileHit, content: Buffer): string {
  const start = startOf(content);
  if (isUtf8(content) && isJson(content, start))
    return storableJson(content.toString('utf8', start));
  // Which knows what is wrong, and where.
  return parseText(file, content).text;
}

/** {@link jsonText}, and what `JSON.parse` makes of it. */
export function parseText(
  file: FileHit,
  content: Buffer,
): { readonly value: unknown; readonly text: string } {
  return parsed(file, content, (json) => {
    const text = storableJson(json);
    return { value: JSON.parse(text), text };
  });
}

function parsed<Result>(file: FileHit, content: Buffer, parse: (json: string) => Result): Result {
  if (!isUtf8(content)) throw invalid(file, content);
  const text = content.toString('utf8');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  try {
    return parse(json);
  } catch {
    // V8's error quotes the content around it, which is the lab's data and no matter for a log: it is no `cause` either.
    throw invalid(file, content);
  }
}

function invalid(file: FileHit, content: Buffer): SyncError {
  const fault = jsonFault(content);
  const reason = fault?.reason ?? 'its JSON cannot be read';
  return new SyncError(
    'DOCUMENT_INVALID',
    `The content of ${describeFile(file)} cannot become a document: ${reason}.`,
    { where: fault && placeIn(content, fault.at) },
  );
}
