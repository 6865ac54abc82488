/** A request as the emulator's core takes it. */
export interface EmulatorRequest {
  readonly method: string;
  /** Path and query, or a whole URL. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a connection misbehaves: cut at once, silent for ever, or either after some bytes of the body; or the rest comes byte by byte. */
export type Misbehaviour =
  | 'reset'
  | 'hang'
  | { readonly truncateAfterBytes: number }
  | { readonly hangAfterBytes: number }
  | { readonly trickleAfterBytes: number; readonly everyMs: number };

/** What the emulator's core answers. */
export interface EmulatorResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** How the connection behaves while answering. Left out: as it should. */
  readonly connection?: Misbehaviour;
  /** How long the answer takes. */
  readonly delayMs?: number;
}

/** The parts of the emulator that can be made to fail and are counted separately. */
export type Endpoint = 'search' | 'retrieve' | 'storage' | 'fileinfo' | 'other';

/** An answer in JSON. */
export function json(status: number, body: unknown): EmulatorResponse {
  return jsonText(status, JSON.stringify(body));
}

/** An answer in JSON that is a text already. */
export function jsonText(status: number, text: string): EmulatorResponse {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: Buffer.from(text) };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** A refusal in TDP's form. */
export function refusal(status: number, message: string): EmulatorResponse {
  return json(status, { statusCode: status, error: REASONS[status] ?? 'Error', message });
}
