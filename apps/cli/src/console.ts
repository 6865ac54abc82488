import type { Redactor } from './secrets.ts';
import { visible, visibleJson } from './visible.ts';

/**
 * One of the two streams of a command. What is written may hold texts from outside, such as the path of a file that
 * anybody may have uploaded; here, and nowhere else, it is seen to that they show no secret and command no terminal.
 */
export interface Output {
  /** Lines for a person. Each stays one line, whatever is in it. */
  readonly lines: (...lines: readonly string[]) => void;
  /** JSON for a program: one document, or one line of a log. The value stays as it is. */
  readonly json: (text: string) => void;
  /**
   * For what draws by itself: only secrets are kept from it. No text from outside may get here unless it went through
   * `visible`.
   */
  readonly screen: NodeJS.WritableStream;
}

/** Values by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command writes to and reads from. */
export interface Console {
  /** Results. */
  readonly out: Output;
  /** All else. */
  readonly err: Output;
  /** Somebody watches: progress bars and colours make sense on `err`. */
  readonly isTerminal: boolean;
  readonly environment: Environment;
  /** What keeps secrets out of `out` and `err`, and has to be told of them. */
  readonly redactor: Redactor;
}

/** What a console is made of. */
export interface ConsoleParts extends Omit<Console, 'out' | 'err'> {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

/** The only way to the streams of the process. */
export function openConsole({ out, err, ...parts }: ConsoleParts): Console {
  const { redactor } = parts;
  return { ...parts, out: outputOf(out, redactor), err: outputOf(err, redactor) };
}

function outputOf(stream: NodeJS.WritableStream, redactor: Redactor): Output {
  return {
    lines: (...lines) => {
      const shown = lines.map((line) => `${visible(redactor.clean(line))}\n`);
      stream.write(shown.join(''));
    },
    json: (text) => {
      const shown = visibleJson(redactor.clean(text));
      stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    },
    screen: redacted(stream, redactor),
  };
}

function redacted(stream: NodeJS.WritableStream, redactor: Redactor): NodeJS.WritableStream {
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

/** Writes lines of a result. */
export function print(console: Console, ...lines: readonly string[]): void {
  console.out.lines(...lines);
}

/** Writes a result as one JSON document; `bigint` as text, since JSON's numbers are doubles. */
export function printJson(console: Console, value: unknown, indent?: number): void {
  const exact = (_key: string, part: unknown): unknown =>
    typeof part === 'bigint' ? String(part) : part;
  console.out.json(JSON.stringify(value, exact, indent));
}

/** Writes lines that are no result: what went wrong, or is to be known. */
export function tell(console: Console, ...lines: readonly string[]): void {
  console.err.lines(...lines);
}
