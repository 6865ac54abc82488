import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { CliError } from '../exit.ts';
import { flawOf } from './aliases.ts';

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
  if (document.errors.length > 0) throw new CliError(yamlErrors(file, document.errors, lines));
  const flaw = flawOf(document.contents);
  if (flaw !== undefined) {
    const { message, offset } = flaw;
    const where = offset === undefined ? '' : `line ${lines.linePos(offset).line}: `;
    throw new CliError(`${file} cannot be a config:\n  ${where}${message}`);
  }
  // What it may become has been counted.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  const no = noConfig(value);
  if (no !== undefined)
    throw new CliError(
      `${file} ${no}. "tdp-sync init" writes a config with source, sink and syncs.`,
    );
  return { document, lines, value };
}

function noConfig(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'is empty';
  if (Array.isArray(value)) return 'is a list, and a config has settings by name';
  return typeof value === 'object' ? undefined : 'is a text, and a config has settings by name';
}

function yamlErrors(file: string, errors: readonly YAMLError[], lines: LineCounter): string {
  const found = errors
    .slice(0, SHOWN)
    .map((error) => `  line ${lines.linePos(error.pos[0]).line}: ${saidOf(error)}`);
  const more = errors.length > SHOWN ? [`  and ${errors.length - SHOWN} more`] : [];
  return `${file} is not valid YAML:\n${[...found, ...more].join('\n')}`;
}

/** Without what the parser quotes: it may be a secret, and nobody knows yet which texts are. */
function saidOf({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there already; each may stand once';
  if (code === 'MULTIPLE_DOCS') return 'here a second document begins (---); a config is one';
  if (/call stack/.test(message)) return 'it is nested too deeply';
  return message.replace(/: .*$/s, '');
}
