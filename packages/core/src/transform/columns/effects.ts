import { isObject } from '../../exact-json.ts';
import { joinPath, pathBeforeRename, pathKey } from '../auto/names.ts';
import { nearest } from '../nearest.ts';
import type { Extract } from '../transform.ts';
import { comparable, Pattern } from './pattern.ts';
import type { ColumnRule, ColumnRules } from './rules.ts';
import { isNeverTouched } from './spot.ts';

/** What a rule does with a few files. */
export interface ColumnEffect {
  readonly pattern: string;
  readonly rule: ColumnRule;
  /** The paths that it is for, such as `users[].email`. */
  readonly places: readonly string[];
  /** A path of nearly the same name, where there is none that it is for. */
  readonly near?: string | undefined;
}

/** A file that was tried with the rules. */
export interface TriedFile {
  readonly extract: Extract;
  /** Its content before the rules, as `parseDocument` reads it. */
  readonly document: unknown;
}

/** What each rule does with a few files. */
export function effectsOf(
  rules: ColumnRules,
  files: readonly TriedFile[],
): readonly ColumnEffect[] {
  const there = new Set(files.flatMap(({ document }) => [...pathsIn(document)]));
  const named = new Set(files.flatMap(({ extract }) => [...renamedIn(extract)]));
  return Object.entries(rules).map(([text, rule]) => {
    const pattern = new Pattern(text);
    // Only what became a column has been called otherwise.
    const candidates = typeof rule === 'object' ? named : there;
    const places = [...candidates].filter((path) => pattern.matches(comparable(path))).sort();
    const isFound = places.length > 0 || !pattern.isPath;
    return { pattern: text, rule, places, ...(isFound ? {} : { near: nearest(text, there) }) };
  });
}

/** The paths of all members of a document. Documents may be deep, so nothing here calls itself. */
function pathsIn(document: unknown): ReadonlySet<string> {
  const paths = new Set<string>();
  const waiting: { readonly value: unknown; readonly path: string }[] = [
    { value: document, path: '' },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (Array.isArray(value)) {
      for (const item of value) waiting.push({ value: item, path: `${path}[]` });
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        const found = joinPath(path, pathKey(key));
        if (!isNeverTouched(found)) paths.add(found);
        waiting.push({ value: member, path: found });
      }
    }
  }
  return paths;
}

function* renamedIn({ tables }: Extract): Generator<string> {
  for (const { path: table, columns } of tables) {
    for (const { path } of columns) {
      const before = pathBeforeRename(path);
      if (before !== undefined) yield joinPath(table, before);
    }
  }
}
