import type { Environment } from './config/environment.ts';
import type { Redactor } from './secrets.ts';

/** What a command writes to and reads from. */
export interface Console {
  /** Results. */
  readonly out: NodeJS.WritableStream;
  /** All else. */
  readonly err: NodeJS.WritableStream;
  /** Somebody watches: progress bars and colours make sense on `err`. */
  readonly isTerminal: boolean;
  readonly environment: Environment;
  /** What keeps secrets out of `out` and `err`, and has to be told of them. */
  readonly redactor?: Redactor;
}

/** Writes one line of a result. */
export function print(console: Console, text: string): void {
  console.out.write(`${text}\n`);
}

/** Writes a result as one JSON document; `bigint` as text, since JSON's numbers are doubles. */
export function printJson(console: Console, value: unknown): void {
  const exact = (_key: string, part: unknown): unknown =>
    typeof part === 'bigint' ? String(part) : part;
  print(console, JSON.stringify(value, exact));
}
