import type { Redactor } from './secrets.ts';

/** Values by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

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

/** A console that shows none of the secrets. */
export function redactedConsole(console: Console, redactor: Redactor): Console {
  return {
    ...console,
    out: redactedStream(console.out, redactor),
    err: redactedStream(console.err, redactor),
    redactor,
  };
}

function redactedStream(stream: NodeJS.WritableStream, redactor: Redactor): NodeJS.WritableStream {
  const write = (chunk: unknown, ...rest: never[]): boolean =>
    stream.write(typeof chunk === 'string' ? redactor.clean(chunk) : (chunk as never), ...rest);
  return new Proxy(stream, {
    get: (target, key) => {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
