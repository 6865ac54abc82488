import { type Document, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { CliError } from '../exit.ts';
import { flawOf } from './aliases.ts';
import { isRounded } from './digits.ts';

/** A config file as YAML. */
export interface Yaml {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/** Of a file that is something else, every line is wrong. */
const SHOWN = 5;

/**
 * Reads the text of a config file.
 *
 * @throws CliError that says what it is where it is no YAML, or nothing that could be a config.
 */
export function parseYaml(text: string, file: string): Yaml {
  const lines = new LineCounter();
  // The log level keeps the parser from warning on its own, past the console.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0)
    throw new CliError(yamlErrors(file, document.errors, { text, lines }));
  const flaw = flawOf(document.contents);
  if (flaw !== undefined) {
    const { message, offset } = flaw;
    const where = offset === undefined ? '' : `line ${lines.linePos(offset).line}: `;
    throw new CliError(`${file} cannot be a config:\n  ${where}${message}`);
  }
  const rounded = roundedIn(document, lines);
  if (rounded.length > 0) throw new CliError(`${file} cannot be a config:\n${rounded.join('\n')}`);
  // What it may become has been counted.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  const no = noConfig(value);
  if (no !== undefined)
    throw new CliError(
      `${file} ${no}. "tdp-sync init" writes a config with source, sink and syncs.`,
    );
  return { document, lines, value };
}

/** Numbers of more digits than would be kept. */
function roundedIn(document: Document, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  visit(document, {
    Scalar: (_key, { value, source, range }) => {
      if (typeof value !== 'number' || !range || !isRounded(value, source)) return;
      const { line } = lines.linePos(range[0]);
      found.push(
        // Which one is not said: it may be a password.
        `  line ${line}: a number with more digits than can be kept; write it in quotes, which TDP's search takes for the same`,
      );
    },
  });
  return found.slice(0, SHOWN);
}

function noConfig(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'is empty';
  if (Array.isArray(value)) return 'is a list, and a config has settings by name';
  return typeof value === 'object' ? undefined : 'is a text, and a config has settings by name';
}

function yamlErrors(
  file: string,
  errors: readonly YAMLError[],
  { text, lines }: { readonly text: string; readonly lines: LineCounter },
): string {
  const found = errors
    .slice(0, SHOWN)
    .map((error) => `  line ${lines.linePos(error.pos[0]).line}: ${saidOf(error, text)}`);
  const more = errors.length > SHOWN ? [`  and ${errors.length - SHOWN} more`] : [];
  return `${file} is not valid YAML:\n${[...found, ...more].join('\n')}`;
}

/** Without what the parser quotes: it may be a secret, and nobody knows yet which texts are. */
function saidOf({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'DUPLICATE_KEY')
    return `${keyAt(pos[0], text)} is there already; each may stand once`;
  if (code === 'MULTIPLE_DOCS') return 'here a second document begins (---); a config is one';
  if (/call stack/.test(message)) return 'it is nested too deeply';
  if (/^\s*\*/.test(text.slice(text.lastIndexOf('\n', pos[0] - 1) + 1)))
    return 'what begins with * stands in quotes, such as "*.operator*"';
  return message.replace(/: .*$/s, '');
}

/** A name of the usual form. */
function keyAt(offset: number, text: string): string {
  const [, name] = /^["']?([\w.-]{1,60})["']?\s*:/.exec(text.slice(offset, offset + 80)) ?? [];
  return name === undefined ? 'this key' : `the key "${name}"`;
}
