import { type ColumnEffect, hashes } from '@tdp-sync/core';
import { counted } from './format.ts';

/** Places of a rule that are named. */
const NAMED = 8;

/** What a rule about columns does with the files that were looked at. */
export function ruleLine({ rule, pattern, places }: ColumnEffect): readonly string[] {
  if (places.length === 0) return [];
  const named = places.slice(0, NAMED).join(', ');
  const others =
    places.length > NAMED ? ` and ${counted(places.length - NAMED, 'other path')}` : '';
  return [`columns: ${JSON.stringify(pattern)} ${doing(rule)} ${named}${others}`];
}

/** What is said of a rule that is for nothing in the files that were looked at. */
export function unmatchedRule(
  { rule, pattern, places, near }: ColumnEffect,
  files: number,
): readonly string[] {
  if (places.length > 0 || files === 0) return [];
  const what = typeof rule === 'object' ? 'names no column' : 'matches nothing';
  const meant = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return [
    `columns: ${JSON.stringify(pattern)} ${what} in ${counted(files, 'sampled file')}${meant}`,
  ];
}

function doing(rule: ColumnEffect['rule']): string {
  if (rule === 'drop') return 'leaves out';
  if (rule === 'hash') return 'hashes';
  return `gives the name ${JSON.stringify(rule.rename)}${hashes(rule) ? ', and hashes,' : ''} to`;
}

/** What `columns` has come too late for. */
export function redactionNote({ files }: { readonly files: number }): string {
  return `rows of ${counted(files, 'file')} were made before what \`columns\` says now, or nobody knows by which rules, and cannot be made anew: they may hold what it keeps out (docs/privacy.md#when-the-rules-change)`;
}
