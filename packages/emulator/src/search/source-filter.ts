import { isObject, type JsonObject } from '../lake/file.ts';
import { parsingError } from './errors.ts';
import { tokenName } from './json.ts';

/** Which parts of `_source` a hit carries. */
export interface SourceFilter {
  /** False: hits have no `_source` at all. */
  readonly enabled: boolean;
  /** Whether anything at or below this top-level field can be wanted. */
  wants(field: string): boolean;
  apply(source: JsonObject): JsonObject;
}

interface Pattern {
  /** The path is named, or lies below what is named. */
  covers(path: string): boolean;
  /** Something below the path may be named. */
  reachesBelow(path: string): boolean;
}

function pathPattern(text: string): Pattern {
  if (!text.includes('*')) {
    return {
      covers: (path) => path === text || path.startsWith(`${text}.`),
      reachesBelow: (path) => text.startsWith(`${path}.`),
    };
  }
  const escaped = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${escaped.join('.*')}(\\..*)?$`, 's');
  const start = text.slice(0, text.indexOf('*'));
  return {
    covers: (path) => whole.test(path),
    reachesBelow: (path) => start.startsWith(`${path}.`) || `${path}.`.startsWith(start),
  };
}

/** What becomes of a path: all of it stays, parts below it may, or nothing. */
type Decision = 'all' | 'parts' | 'nothing';

class PathFilter implements SourceFilter {
  readonly enabled = true;
  readonly #includes: readonly Pattern[];
  readonly #excludes: readonly Pattern[];
  /** Decisions by path, below what is included and below what is not: thousands of hits share them. */
  readonly #inside = new Map<string, Decision>();
  readonly #outside = new Map<string, Decision>();

  constructor(includes: readonly string[], excludes: readonly string[]) {
    this.#includes = includes.map(pathPattern);
    this.#excludes = excludes.map(pathPattern);
  }

  wants(field: string): boolean {
    return this.#decide(field, this.#includes.length === 0) !== 'nothing';
  }

  apply(source: JsonObject): JsonObject {
    return this.#object(source, '', this.#includes.length === 0);
  }

  #decide(path: string, included: boolean): Decision {
    const known = included ? this.#inside : this.#outside;
    let decision = known.get(path);
    if (decision === undefined) {
      decision = this.#work(path, included);
      known.set(path, decision);
    }
    return decision;
  }

  #work(path: string, included: boolean): Decision {
    if (this.#excludes.some((pattern) => pattern.covers(path))) return 'nothing';
    if (included || this.#includes.some((pattern) => pattern.covers(path))) {
      return this.#excludes.some((pattern) => pattern.reachesBelow(path)) ? 'parts' : 'all';
    }
    return this.#includes.some((pattern) => pattern.reachesBelow(path)) ? 'parts' : 'nothing';
  }

  #object(object: JsonObject, prefix: string, included: boolean): JsonObject {
    const kept: JsonObject = {};
    for (const key in object) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const decision = this.#decide(path, included);
      if (decision === 'nothing') continue;
      const value = decision === 'all' ? object[key] : this.#parts(object[key], path, included);
      if (value !== undefined) kept[key] = value;
    }
    return kept;
  }

  #parts(value: unknown, path: string, includedAbove: boolean): unknown {
    const included = includedAbove || this.#includes.some((pattern) => pattern.covers(path));
    if (Array.isArray(value)) {
      // What excludes all within the objects of a list leaves none of them, not even empty.
      const noObjects = this.#excludes.some((pattern) => pattern.covers(`${path}.`));
      const items = value
        .filter((item: unknown) => !(noObjects && isObject(item)))
        .map((item: unknown) => this.#parts(item, path, included))
        .filter((item) => item !== undefined);
      return included || items.length > 0 ? items : undefined;
    }
    if (!isObject(value)) return included ? value : undefined;
    const kept = this.#object(value, path, included);
    return included || Object.keys(kept).length > 0 ? kept : undefined;
  }
}

function names(given: JsonObject, key: string): string[] {
  const value = given[key];
  if (value === undefined) return [];
  if (typeof value !== 'string' && !Array.isArray(value))
    throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
  return [value].flat().map(String);
}

/** Reads `_source`: a boolean, one pattern, a list of patterns, or includes and excludes. */
export function parseSourceFilter(body: JsonObject): SourceFilter {
  const given = body['_source'];
  if (given === undefined || given === true) return new PathFilter([], []);
  if (given === false) return { enabled: false, wants: () => false, apply: () => ({}) };
  if (given === null) throw parsingError('Unknown key for a VALUE_NULL in [_source].');
  if (typeof given === 'string' || Array.isArray(given))
    return new PathFilter(names(body, '_source'), []);
  if (!isObject(given))
    throw parsingError(
      `Expected one of [VALUE_BOOLEAN, START_OBJECT] but found [${tokenName(given)}]`,
    );
  for (const [key, value] of Object.entries(given)) {
    if (!['includes', 'include', 'excludes', 'exclude'].includes(key))
      throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
  }
  return new PathFilter(
    names(given, 'includes' in given ? 'includes' : 'include'),
    names(given, 'excludes' in given ? 'excludes' : 'exclude'),
  );
}
