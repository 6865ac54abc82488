import { type Alias, isAlias, isCollection, isNode, isPair, isScalar, type Node } from 'yaml';

/** What is wrong with a part of a document, and where it begins. */
export interface Flaw {
  readonly message: string;
  readonly offset: number | undefined;
}

/** Values that a document may become when every alias is replaced by what it names. A config of a thousand syncs has a half of it. */
const MOST_VALUES = 50_000;
const DEEPEST = 100;

/**
 * Looks whether a document is a finite tree of a sensible size before it is made one: a few lines of aliases of
 * aliases can stand for billions of values, and an alias within what it names for endless ones.
 */
export function flawOf(contents: unknown): Flaw | undefined {
  try {
    new Measure().of(contents);
    return undefined;
  } catch (error) {
    if (error instanceof Flawed) return error.flaw;
    throw error;
  }
}

class Flawed extends Error {
  readonly flaw: Flaw;

  constructor(message: string, node: unknown) {
    super(message);
    this.flaw = { message, offset: isNode(node) ? node.range?.[0] : undefined };
  }
}

/** Counts the values that nodes become. In the order of the document, since an alias means the last such anchor before it. */
class Measure {
  readonly #anchors = new Map<string, Node>();
  readonly #values = new Map<Node, number>();
  readonly #open = new Set<Node>();
  #written = 0;

  of(node: unknown): number {
    if (isAlias(node)) return this.#ofAlias(node);
    if (!isNode(node)) return 1;
    if ('anchor' in node && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    this.#written += 1;
    if (this.#open.size > DEEPEST) throw new Flawed('it is nested too deeply', node);
    const values = isCollection(node)
      ? node.items.reduce<number>((sum, item) => sum + this.#ofItem(item), 1)
      : 1;
    if (values > MOST_VALUES) throw new Flawed(this.#tooMuch(), node);
    this.#open.delete(node);
    this.#values.set(node, values);
    return values;
  }

  #tooMuch(): string {
    return this.#written > MOST_VALUES
      ? 'it has more values than any config'
      : 'its aliases (*name) stand for more values than any config has';
  }

  #ofItem(item: unknown): number {
    if (!isPair(item)) return this.of(item);
    const { key, value } = item;
    if (isCollection(key) || isAlias(key))
      throw new Flawed('a key has to be a plain text', isNode(key) ? key : undefined);
    if (isScalar(key)) this.of(key);
    const values = this.of(value);
    if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN')
      throw new Flawed(
        'merge keys (<<) are not supported; write the settings out, or give a whole value by an alias (*name)',
        key,
      );
    return values;
  }

  #ofAlias(alias: Alias): number {
    const node = this.#anchors.get(alias.source);
    // Its name is not quoted: it may be a password that begins with an asterisk.
    if (node === undefined)
      throw new Flawed(
        'this alias (*name) names nothing, there is no such anchor (&name) before it; a text that begins with * stands in quotes',
        alias,
      );
    if (this.#open.has(node))
      throw new Flawed(
        'this alias (*name) stands within what it names, so that there would be no end to it',
        alias,
      );
    return this.#values.get(node) ?? 1;
  }
}
