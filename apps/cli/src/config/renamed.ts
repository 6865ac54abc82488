import {
  isAlias,
  isMap,
  isScalar,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';

/** A pair of the config whose key stands in the text. */
interface Place {
  readonly key: Scalar;
  readonly value: Pair['value'];
}

/** A stretch of the text. */
type Span = readonly [from: number, to: number];

/**
 * The text of a config in which a sync has another name, and is stored as before. All else of the text stays to the letter.
 * `undefined` where the sync is written in a way in which that cannot be said, such as by an alias.
 */
export function renamedText(text: string, from: string, to: string): string | undefined {
  const sync = syncIn(parseDocument(text, QUIET).contents, from);
  if (sync === undefined || !isMap(sync.value)) return undefined;
  const stored = pairsOf(sync.value).find(({ key }) => key.value === 'storedAs');
  if (stored === undefined) {
    const setting = withStoredAs(text, sync.key, sync.value, from);
    return setting && changed(text, sync.key, likeBefore(text, sync.key, to), setting);
  }
  if (!isScalar(stored.value) || stored.value.value !== to)
    return changed(text, sync.key, likeBefore(text, sync.key, to));
  // What it is called again is what it is stored as, and was written so.
  const gone = spanOf(text, stored, sync.value);
  return changed(text, sync.key, sourceOf(text, stored.value), gone && { span: gone, by: '' });
}

/** Whether a sync has its settings in common with another part of the config, by an anchor, so that it can have none of its own. */
export function isShared(text: string, sync: string): boolean {
  const document = parseDocument(text, QUIET);
  const value = syncIn(document.contents, sync)?.value;
  if (isAlias(value)) return true;
  let isNamed = false;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === value) isNamed = true;
    },
  });
  return isNamed;
}

/** The name as it is to be written in YAML: in quotes where it would be no text without, for any of YAML's versions. */
export function nameInYaml(name: string): string {
  return /^(?:null|true|false|yes|no|on|off|y|n)$/i.test(name) ? `"${name}"` : name;
}

/** The parser warns of nothing by itself, past the console. */
const QUIET = { logLevel: 'error' } as const;

function syncIn(contents: unknown, name: string): Place | undefined {
  const syncs = pairsOf(contents).find(({ key }) => key.value === 'syncs');
  // What YAML takes for something else, such as `true`, is a name as well.
  return pairsOf(syncs?.value).find(({ key }) => String(key.value) === name);
}

function pairsOf(node: unknown): readonly Place[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ key, value: value as Pair['value'] }] : [],
  );
}

/** What is written in place of a stretch. */
interface Change {
  readonly span: Span;
  readonly by: string;
}

/** The name, and what stands behind it, are changed. */
function changed(text: string, key: Scalar, name: string, setting?: Change): string {
  const [start, end] = rangeOf(key);
  const { span = [text.length, text.length], by = '' } = setting ?? {};
  return text.slice(0, start) + name + text.slice(end, span[0]) + by + text.slice(span[1]);
}

function rangeOf({ range }: { readonly range?: Scalar['range'] }): Span {
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}

function sourceOf(text: string, node: Scalar): string {
  return text.slice(...rangeOf(node));
}

function quoteOf(text: string, key: Scalar): string {
  return /^["']/.exec(sourceOf(text, key))?.[0] ?? '';
}

/** The name in the quotes of another. */
function likeBefore(text: string, key: Scalar, name: string): string {
  const quote = quoteOf(text, key);
  return quote === '' ? nameInYaml(name) : quote + name + quote;
}

/** The setting before the first one of the sync, written like that. */
function withStoredAs(text: string, key: Scalar, value: YAMLMap, from: string): Change | undefined {
  const name = typeof key.value === 'string' ? sourceOf(text, key) : nameInYaml(from);
  const first = value.items[0]?.key;
  const isFlow = value.flow === true;
  if (first === undefined) {
    const start = rangeOf(value)[0] + 1;
    return { span: [start, start], by: setting(text, key, name, isFlow) };
  }
  if (!isScalar(first)) return undefined;
  const [start] = rangeOf(first);
  const by = setting(text, first, name, isFlow);
  const before = /(?:^|\r?\n)[ \t]*$/.exec(text.slice(0, start))?.[0];
  if (isFlow) {
    const isTight = by.includes(`:${name}`);
    return { span: [start, start], by: `${by},${before ?? (isTight ? '' : ' ')}` };
  }
  // Else something stands before it, such as an anchor.
  return before === undefined ? undefined : { span: [start, start], by: by + before };
}

/** `storedAs` in the quotes and with the space of another setting. JSON may do without the space. */
function setting(text: string, { range }: Scalar, name: string, isFlow: boolean): string {
  const [start, end] = rangeOf({ range });
  const quote = /^["']/.exec(text.slice(start, end))?.[0] ?? '';
  const isTight = isFlow && quote !== '' && /^:\S/.test(text.slice(end));
  return `${quote}storedAs${quote}:${isTight ? '' : ' '}${name}`;
}

/** Where a setting stands with what parts it from the next, if nothing else does; `undefined` where it has to stay. */
function spanOf(text: string, { key, value }: Place, map: YAMLMap): Span | undefined {
  const [start] = rangeOf(key);
  const end = isScalar(value) ? rangeOf(value)[1] : start;
  const index = map.items.findIndex((item) => item.key === key);
  if (map.flow !== true) {
    const from = text.lastIndexOf('\n', start - 1) + 1;
    const rest = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(end))?.[0];
    const isAlone = rest !== undefined && /^ *$/.test(text.slice(from, start));
    return isAlone && map.items.length > 1 ? [from, end + rest.length] : undefined;
  }
  if (map.items.length === 1) return [start, end];
  const next = map.items[index + 1]?.key;
  if (isScalar(next)) return parting(text, [end, rangeOf(next)[0]]) && [start, rangeOf(next)[0]];
  const before = map.items[index - 1]?.value;
  if (!isScalar(before)) return undefined;
  return parting(text, [rangeOf(before)[1], start]) && [rangeOf(before)[1], end];
}

/** Whether nothing but a comma and space is there. */
function parting(text: string, span: Span): true | undefined {
  return /^\s*,\s*$/.test(text.slice(...span)) || undefined;
}
