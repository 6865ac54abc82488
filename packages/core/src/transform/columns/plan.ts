import { isObject } from '../../exact-json.ts';
import { Hasher } from './hasher.ts';
import { comparable, Pattern } from './pattern.ts';
import { type ColumnRule, type ColumnRules, hashes } from './rules.ts';
import { isNeverTouched, Spot, stricter, type Treatment } from './spot.ts';

interface Compiled {
  readonly pattern: Pattern;
  readonly rule: ColumnRule;
}

/** Rules that have been read, with the salt of their hashes. */
export class ColumnPlan {
  /** Changes whenever other values come into the database; empty where the rules keep none from it. */
  readonly redaction: string;
  /** What columns are to be called, as text; empty where none is renamed. */
  readonly renames: string;
  readonly #rules: readonly Compiled[];
  readonly #hasher: Hasher | undefined;
  #root: Spot;

  /** @throws TypeError when something is to be hashed, and there is no salt: to be asked before. */
  constructor(rules: ColumnRules, salt: string | undefined) {
    this.#rules = Object.entries(rules).map(([text, rule]) => ({
      pattern: new Pattern(text),
      rule,
    }));
    const needsSalt = this.#rules.some(({ rule }) => hashes(rule));
    if (needsSalt && salt === undefined) throw new TypeError('To hash values takes a salt.');
    this.#hasher = salt === undefined || !needsSalt ? undefined : new Hasher(salt);
    this.#root = Spot.root((path) => this.#treatmentOf(path));
    this.redaction = this.#fingerprint();
    const renames = this.#rules.flatMap(({ pattern, rule }) =>
      typeof rule === 'object' ? [[comparable(pattern.text), rule.rename]] : [],
    );
    this.renames = renames.length === 0 ? '' : JSON.stringify(renames);
  }

  /** The document as a place. */
  get root(): Spot {
    if (this.#root.isFull) this.#root = Spot.root((path) => this.#treatmentOf(path));
    return this.#root;
  }

  /** What the column for the values at a path is to be called, if not by its path. */
  nameAt(path: string): string | undefined {
    const plain = comparable(path);
    for (const { pattern, rule } of this.#rules)
      if (typeof rule === 'object' && pattern.matches(plain)) return rule.rename;
    return undefined;
  }

  /** What becomes of the values at a path, by the rules for it and for what it is in. */
  treatmentAt(path: string): Treatment {
    if (isNeverTouched(path)) return undefined;
    const plain = comparable(path);
    const ends = [...plain.matchAll(/\.|$/g)].map(({ index }) => index);
    return ends.map((end) => this.#treatmentOf(plain.slice(0, end))).reduce(stricter, undefined);
  }

  /** Takes out of a parsed document, in place, what is not to come in; `undefined` where that is all of it. */
  redact(document: unknown): unknown {
    return this.#redacted(document, this.root);
  }

  #redacted(value: unknown, spot: Spot | undefined): unknown {
    if (spot === undefined) return value;
    if (spot.treatment === 'drop') return undefined;
    if (value === null) return value;
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1) value[at] = this.#redacted(value[at], spot);
      return value;
    }
    if (!isObject(value))
      return spot.treatment === 'hash' ? this.#hasher?.of(String(value)) : value;
    const members = value as Record<string, unknown>;
    for (const key of Object.keys(members)) {
      const held = members[key];
      const left = this.#redacted(held, spot.child(key));
      if (left === undefined) delete members[key];
      else if (left !== held) members[key] = left;
    }
    return members;
  }

  #treatmentOf(path: string): Treatment {
    let treatment: Treatment;
    for (const { pattern, rule } of this.#rules)
      if (pattern.matches(path)) treatment = stricter(treatment, treatmentBy(rule));
    return treatment;
  }

  /** A salt shows in it as something that tells it from others, no more than any hash does. */
  #fingerprint(): string {
    const kept = this.#rules.flatMap(({ pattern, rule }) => {
      const treatment = treatmentBy(rule);
      return treatment === undefined ? [] : [`${treatment} ${comparable(pattern.text)}`];
    });
    if (kept.length === 0) return '';
    const salt = this.#hasher?.of('the salt of tdp-sync').slice(0, 16) ?? null;
    return JSON.stringify([[...new Set(kept)].sort(), salt]);
  }
}

/** What a rule lets through of the values. */
export function treatmentBy(rule: ColumnRule): Treatment {
  if (rule === 'drop') return 'drop';
  return hashes(rule) ? 'hash' : undefined;
}
