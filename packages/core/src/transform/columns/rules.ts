import { nameIssues } from '../names.ts';
import { comparable, Pattern } from './pattern.ts';

/** What becomes of what stands at a path: left out, its values hashed, or its column called otherwise. */
export type ColumnRule =
  | 'drop'
  | 'hash'
  | { readonly rename: string; readonly hash?: boolean | undefined };

/** Rules by the paths that they are for. */
export type ColumnRules = Readonly<Record<string, ColumnRule>>;

/** Something wrong with the rules, by where it stands. */
export interface ColumnIssue {
  readonly path: readonly string[];
  readonly message: string;
}

/** Every mistake in the rules. `names`: whether columns get their names from the documents, and so may be renamed. */
export function columnIssues(rules: ColumnRules, names: boolean): readonly ColumnIssue[] {
  const taken = new Map<string, string>();
  return Object.entries(rules).flatMap(([pattern, rule]) => {
    const issue = ruleIssue(pattern, rule, names, taken);
    return issue === undefined ? [] : [{ path: [pattern], message: issue }];
  });
}

/** Whether a rule hashes, and so asks for a salt. */
export function hashes(rule: ColumnRule): boolean {
  return rule === 'hash' || (typeof rule === 'object' && rule.hash === true);
}

function ruleIssue(
  pattern: string,
  rule: ColumnRule,
  names: boolean,
  taken: Map<string, string>,
): string | undefined {
  if (comparable(pattern).trim() === '') return 'expected a path, such as users[].email';
  if (typeof rule === 'string') return undefined;
  if (!names)
    return 'only `tables: auto` takes names from the documents: here columns have the names that the mapping or the transform gives them';
  if (!new Pattern(pattern).isPath)
    return 'a rename is for one column: its path has no `*`. To hash as well, write { rename: …, hash: true }';
  const { rename } = rule;
  const [issue] = nameIssues([rename], 'column');
  if (issue !== undefined) return issue.message;
  const place = `${tableOf(pattern)} ${rename.toLowerCase()}`;
  const other = taken.get(place);
  taken.set(place, pattern);
  return other === undefined
    ? undefined
    : `${JSON.stringify(other)} is to be called ${JSON.stringify(rename)} already, in the same table`;
}

/** The part of a path that says which table its column is in. */
function tableOf(pattern: string): string {
  return pattern.slice(0, pattern.lastIndexOf('[]') + 1).toLowerCase();
}
