import { isMap, isScalar, type Pair, parseDocument, type Scalar } from 'yaml';

/** A pair of the config whose key stands in the text. */
interface Place {
  readonly key: Scalar;
  readonly value: Pair['value'];
}

/**
 * The text of a config in which a sync has another name, and is stored as before. All else of the text stays to the letter.
 * `undefined` where the sync is written in a way in which that cannot be said, such as by an anchor.
 */
export function renamedText(text: string, from: string, to: string): string | undefined {
  const { contents } = parseDocument(text);
  const found = pairsOf(contents).find(({ key }) => key.value === 'syncs');
  const sync = pairsOf(found?.value).find(({ key }) => key.value === from);
  if (sync === undefined) return undefined;
  const named = replaced(text, sync.key, to);
  const stored = pairsOf(sync.value).find(({ key }) => key.value === 'storedAs');
  if (stored === undefined) return withStoredAs(text, sync, from, to);
  // What it is called again is what it is stored as.
  return isScalar(stored.value) && stored.value.value === to
    ? withoutLine(text, stored.key, named)
    : named;
}

function pairsOf(node: unknown): readonly Place[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ key, value: value as Pair['value'] }] : [],
  );
}

function replaced(text: string, { range }: Scalar, by: string): string {
  const [start = 0, end = 0] = range ?? [];
  return text.slice(0, start) + by + text.slice(end);
}

function withStoredAs(
  text: string,
  { key, value }: Place,
  from: string,
  to: string,
): string | undefined {
  const after = key.range?.[1];
  if (after === undefined) return undefined;
  const setting = `storedAs: ${from}`;
  const insert = (at: number, what: string): string =>
    replaced(text.slice(0, at) + what + text.slice(at), key, to);
  if (isMap(value) && value.flow === true) {
    const start = value.range?.[0] ?? after;
    return insert(start + 1, value.items.length === 0 ? ` ${setting} ` : ` ${setting},`);
  }
  const [first] = pairsOf(value);
  if (first !== undefined) {
    const start = first.key.range?.[0] ?? after;
    const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    return /^[ ]*$/.test(indent) ? insert(start, `${setting}\n${indent}`) : undefined;
  }
  // `lab:` or `lab: {}` by themselves.
  const isEmpty = value === null || (isScalar(value) && value.value === null);
  return isEmpty ? insert(text.indexOf(':', after) + 1, ` { ${setting} }`) : undefined;
}

/** Takes away the line of a setting, if it stands on one of its own. */
function withoutLine(text: string, { range }: Scalar, named: string): string {
  const at = (range?.[0] ?? 0) + named.length - text.length;
  const start = named.lastIndexOf('\n', at) + 1;
  const end = named.indexOf('\n', at);
  const line = named.slice(start, end);
  return /^ *storedAs: \w+\s*$/.test(line) ? named.slice(0, start) + named.slice(end + 1) : named;
}
