import { isUtf8 } from 'node:buffer';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
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

/** The content as JSON text, to the letter but for a byte order mark. */
export function jsonText(file: FileHit, content: Buffer): string {
  if (!isUtf8(content)) throw invalid(file, 'it is not UTF-8');
  const text = content.toString('utf8');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  try {
    JSON.parse(json);
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? positionOf(cause) : 'it is not JSON', cause);
  }
  return json;
}

function invalid(file: FileHit, reason: string, cause?: unknown): SyncError {
  return new SyncError(
    'DOCUMENT_INVALID',
    `The content of ${describeFile(file)} cannot become a document: ${reason}.`,
    { cause },
  );
}

/** V8's message quotes the content around the error, which is the lab's data and no matter for a log. */
function positionOf(error: Error): string {
  const position = /position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0];
  return position === undefined
    ? 'its JSON ends too early or is none'
    : `its JSON is broken at ${position}`;
}
