import { basename } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { kindOf } from './kinds.ts';

/** What somebody else's code has thrown, and in which line of its module: `TypeError: x is not a function (viability.ts:10)`. */
export function describeThrown(thrown: unknown, url: string): string {
  try {
    if (typeof thrown === 'string') return JSON.stringify(thrown);
    if (typeof thrown !== 'object' || thrown === null) return kindOf(thrown);
    return describeError(thrown, url) ?? `${kindOf(thrown)} that is no Error`;
  } catch {
    return 'something that throws when it is looked at';
  }
}

/** An error of another realm is none of this one's, so it is known by what it has. */
function describeError(error: object, url: string): string | undefined {
  const [name, message, stack] = ['name', 'message', 'stack'].map((key) => textOf(error, key));
  if (message === undefined) return undefined;
  const line = lineOf(stack ?? '', message, url);
  const at = line === undefined ? '' : ` (${fileName(url)}:${line})`;
  return `${name ?? 'Error'}: ${message}${at}`;
}

function textOf(error: object, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}

/** The innermost line of the module in a stack, which begins with the message. */
function lineOf(stack: string, message: string, url: string): string | undefined {
  // CommonJS modules are named by their paths.
  const names = url.startsWith('file:') ? [url, fileURLToPath(url)] : [url];
  const start = message === '' ? 0 : stack.indexOf(message) + message.length;
  for (const frame of stack.slice(start).split('\n')) {
    const line = /^\s*at /.test(frame) ? lineIn(frame, names) : undefined;
    if (line !== undefined) return line;
  }
  // A module that cannot be parsed has its place in front of the message.
  return lineIn(stack.slice(0, stack.indexOf('\n')), names);
}

function lineIn(frame: string, names: readonly string[]): string | undefined {
  for (const name of names) {
    const at = frame.indexOf(`${name}:`);
    const line = at === -1 ? undefined : /^\d+/.exec(frame.slice(at + name.length + 1))?.[0];
    if (line !== undefined) return line;
  }
  return undefined;
}

/** The name of a module's file. */
export function fileName(url: string): string {
  return url.startsWith('file:') ? basename(fileURLToPath(url).replaceAll('\\', '/')) : url;
}
