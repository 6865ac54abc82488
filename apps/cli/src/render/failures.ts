import type { FailureGroup } from '../failures.ts';
import { number } from './format.ts';

/** Reasons that are told, each with one of its files. */
const SHOWN = 20;

/** Why files failed, a line for each reason, and where all of them are. */
export function failureLines(
  filesTable: string,
  groups: readonly FailureGroup[],
): readonly string[] {
  const lines = groups.slice(0, SHOWN).map((group) => `    ${groupText(group)}`);
  const rest = groups.slice(SHOWN).reduce((sum, { files }) => sum + files, 0);
  if (rest > 0)
    lines.push(`    ${number(rest)} for ${number(groups.length - SHOWN)} other reasons`);
  return [
    ...lines,
    `    all: SELECT file_path, error_code, error, error_at, retry_at FROM ${filesTable} WHERE status = 'failed'`,
  ];
}

/** `145 TRANSFORM_FAILED: it threw ..., first: /a/b.json`. */
export function groupText({ errorCode, error, files, first }: FailureGroup): string {
  return `${number(files)} ${errorCode}: ${error.replace(/\.$/, '')}, first: ${first}`;
}
