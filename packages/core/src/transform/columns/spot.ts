import { comparableKey } from './pattern.ts';

/** What becomes of the values at a place in the documents. */
export type Treatment = 'drop' | 'hash' | undefined;

/** Documents with ever other keys must not fill the memory. */
const MAX_SPOTS = 50_000;

/** Which IDS a document is of: it names the tables, and is nobody's personal data. */
const NEVER: ReadonlySet<string> = new Set(['@idsType', '@idsVersion', '@idsNamespace']);

/** Whether a path is that of what is never touched. */
export function isNeverTouched(path: string): boolean {
  return NEVER.has(path.replace(/^(?:\[\d*\])+\.?/, ''));
}

/** A place in the documents, whatever arrays are on the way, and what becomes of it. Worked out once for each. */
export class Spot {
  readonly treatment: Treatment;
  /** As it is compared. */
  readonly #path: string;
  readonly #treat: (path: string) => Treatment;
  readonly #count: { spots: number };
  readonly #children = new Map<string, Spot>();

  private constructor(
    path: string,
    above: Treatment,
    treat: (path: string) => Treatment,
    count: { spots: number },
  ) {
    this.#path = path;
    this.#treat = treat;
    this.#count = count;
    count.spots += 1;
    this.treatment = stricter(above, treat(path));
  }

  /** The document itself. `treat` says what is wanted for a path. */
  static root(treat: (path: string) => Treatment): Spot {
    return new Spot('', undefined, treat, { spots: 0 });
  }

  /** Whether it and all below it are better found out anew. */
  get isFull(): boolean {
    return this.#count.spots >= MAX_SPOTS;
  }

  /** The place of a key in the object here; `undefined` for what is never touched. */
  child(key: string): Spot | undefined {
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const isRoot = this.#path === '';
    if (isRoot && NEVER.has(key)) return undefined;
    const path = isRoot ? comparableKey(key) : `${this.#path}.${comparableKey(key)}`;
    const child = new Spot(path, this.treatment, this.#treat, this.#count);
    this.#children.set(key, child);
    return child;
  }
}

/** Of several rules the one that lets less through. */
export function stricter(a: Treatment, b: Treatment): Treatment {
  if (a === 'drop' || b === 'drop') return 'drop';
  return a ?? b;
}
