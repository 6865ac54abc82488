/** A name of a table or a column that cannot be used, and why. */
export interface NameIssue {
  /** `undefined` where it is about all of them. */
  readonly name: string | undefined;
  readonly message: string;
}

/** Below the 128 characters of the sinks' contract: a suffix of tdp-sync's own still fits behind it. */
const LONGEST_NAME = 122;

/** What is wrong with the names that a user gave to tables, or to the columns of one. */
export function nameIssues(
  names: readonly string[],
  kind: 'table' | 'column',
): readonly NameIssue[] {
  if (names.length === 0)
    return [{ name: undefined, message: `there must be at least one ${kind}` }];
  const seen = new Map<string, string>();
  return names.flatMap((name) => {
    const folded = name.toLowerCase();
    const twin = seen.get(folded);
    seen.set(folded, name);
    const message =
      twin === undefined
        ? nameIssue(name)
        : `databases do not tell it from the ${kind} ${JSON.stringify(twin)}: only the case differs`;
    return message === undefined ? [] : [{ name, message }];
  });
}

function nameIssue(name: string): string | undefined {
  if (name.length === 0 || name.length > LONGEST_NAME) {
    return `a name has 1 to ${LONGEST_NAME} characters, this one has ${name.length}`;
  }
  if (name.startsWith('_')) return "names that begin with `_` are kept for tdp-sync's own columns";
  if (name.toLowerCase().endsWith('__text')) {
    return 'names that end in `__text` are kept for values that do not fit their column';
  }
  if (name.trim() !== name) return 'a name neither begins nor ends with a blank';
  return name.isWellFormed() && !name.includes('\0')
    ? undefined
    : 'a name holds neither NUL nor half a surrogate pair';
}
