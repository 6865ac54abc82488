import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../console.ts';
import { CliError } from '../exit.ts';
import { readText, UnreadableText } from '../read-text.ts';

/** There is none, it is the folder of that name that some tools make, or it is not for this user: the environment alone counts. */
const NOT_OURS: readonly unknown[] = ['ENOENT', 'EISDIR', 'EACCES', 'EPERM'];

/**
 * The process's environment, completed by a `.env` file in the folder where there is one.
 *
 * @throws CliError when there is one that cannot be read.
 */
export async function readEnvironment(
  folder: string,
  environment: Environment,
): Promise<Environment> {
  const file = join(folder, '.env');
  try {
    return { ...parseEnv(await readText(file)), ...environment };
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error;
    if (NOT_OURS.includes(error.code)) return environment;
    throw new CliError(`Cannot read ${file}: ${error.message}.`, undefined, error);
  }
}

/** With one `$` more before it, it stands for itself. */
const VARIABLE = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** The names of the variables that a text asks for. */
export function variablesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(VARIABLE), ([, sign, name = '']) =>
    sign === '' ? name : '',
  ).filter((name) => name !== '');
}

/** A text that a config is to hold as it is, whatever in it looks like a variable. */
export function verbatim(text: string): string {
  return text.replace(VARIABLE, '$$$&');
}

/** A variable that a text asks for and that is not set. */
export interface MissingVariable {
  readonly name: string;
  readonly path: readonly PropertyKey[];
}

/** Replaces `${NAME}` and `${NAME:-default}` in every text of a config; `$${NAME}` becomes `${NAME}`. */
export function interpolate(
  value: unknown,
  environment: Environment,
  path: readonly PropertyKey[] = [],
): { value: unknown; missing: readonly MissingVariable[] } {
  const missing: MissingVariable[] = [];
  const inner = (part: unknown, at: readonly PropertyKey[]): unknown => {
    if (typeof part === 'string')
      return replaced(part, environment, (name) => missing.push({ name, path: at }));
    if (Array.isArray(part)) return part.map((item, index) => inner(item, [...at, index]));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [key, inner(item, [...at, key])]),
    );
  };
  return { value: inner(value, path), missing };
}

function replaced(
  text: string,
  environment: Environment,
  onMissing: (name: string) => void,
): string {
  return text.replace(VARIABLE, (match, sign: string, name: string, fallback?: string) => {
    if (sign !== '') return match.slice(1);
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) onMissing(name);
    return fallback ?? '';
  });
}
