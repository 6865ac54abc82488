import { isUtf8 } from 'node:buffer';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import { storableJson } from '../json.ts';
import type { Transform } from './transform.ts';

/** One row per file in the table `table`: its whole content in the JSON column `document`. */
export function documentTransform(table: string): Transform {
  return {
    tables: [{ name: table, columns: [{ name: 'document', type: 'json' }] }],
    fingerprint: `document:${table}`,
    rows: (file, content) => new Map([[table, [[jsonText(file, content)]]]]),
  };
}

const BYTE_ORDER_MARK = '\uFEFF';

/** The content as JSON text, to the letter but for a byte order mark and what no database can hold. */
export function jsonText(file: FileHit, content: Buffer): string {
  if (!isUtf8(content)) throw invalid(file, 'it is not UTF-8');
  const text = content.toString('utf8');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  try {
    JSON.parse(json);
  } catch (error) {
    throw invalid(file, error instanceof Error ? positionOf(error) : 'it is not JSON');
  }
  return storableJson(json);
}

function invalid(file: FileHit, reason: string): SyncError {
  return new SyncError(
    'DOCUMENT_INVALID',
    `The content of ${describeFile(file)} cannot become a document: ${reason}.`,
  );
}

/** V8's error quotes the content around it, which is the lab's data and no matter for a log: it is no `cause` either. */
function positionOf(error: Error): string {
  const position = /position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0];
  return position === undefined
    ? 'its JSON ends too early or is none'
    : `its JSON is broken at ${position}`;
}
