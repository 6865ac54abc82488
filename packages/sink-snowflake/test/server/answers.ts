import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** An answer of Snowflake's HTTP interface. */
export interface Answer {
  readonly success: boolean;
  readonly code?: string | null;
  readonly message?: string | null;
  readonly data?: unknown;
}

/** A request with a statement. */
export interface QueryBody {
  readonly sqlText: string;
  readonly bindings?: unknown;
}

const TEXT = { name: 'status', type: 'TEXT', nullable: true, length: 16_777_216 };
const TEXTS = {
  rowtype: [TEXT],
  queryResultFormat: 'json',
  version: 1,
  parameters: [],
  queryId: '1',
};
/** Of a statement that has done what it should. */
export const DONE: Answer = {
  success: true,
  data: { ...TEXTS, rowset: [['done']], total: 1, returned: 1 },
};

/** Of one that is refused. */
export function failure(code: string, sqlState = '57014'): Answer {
  return { success: false, code, message: 'refused', data: { errorCode: code, sqlState } };
}

/** Answers a request. */
export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}

/** The body of a request, which the driver packs. */
export function unpacked(request: IncomingMessage, body: Buffer): string {
  const isPacked = request.headers['content-encoding'] === 'gzip';
  return (isPacked ? gunzipSync(body) : body).toString();
}

/** Of LIST: the files of a stage. */
export function listed(count: number): Answer {
  const rowset = count === 0 ? [] : [['lines.json.gz']];
  return {
    success: true,
    data: { ...TEXTS, rowset, total: rowset.length, returned: rowset.length },
  };
}
