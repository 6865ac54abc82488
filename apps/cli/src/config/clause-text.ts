import { stringify } from 'yaml';
import { verbatim } from './environment.ts';

/** A clause of `filter` as a line of a config, which says the same when it is read. */
export function clauseText(clause: Readonly<Record<string, unknown>>): string {
  const written = asWritten(clause);
  const line = stringify(written, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  // JSON, which is YAML too, has no line breaks; further lines would need the place's indent.
  return line.includes('\n') ? JSON.stringify(written) : line;
}

/** What a search says is no variable of the config, though it may look like one. */
function asWritten(value: unknown): unknown {
  if (typeof value === 'string') return verbatim(value);
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asWritten(part)]));
}
