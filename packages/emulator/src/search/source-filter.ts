import { isObject, type JsonObject } from '../lake/file.ts';
import { parsingError } from './errors.ts';

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

class PathFilter implements SourceFilter {
  readonly enabled = true;
  readonly #includes: readonly Pattern[];
  readonly #excludes: readonly Pattern[];

  constructor(includes: readonly string[], excludes: readonly string[]) {
    this.#includes = includes.map(pathPattern);
    this.#excludes = excludes.map(pathPattern);
  }

  wants(field: string): boolean {
    if (this.#excludes.some((pattern) => pattern.covers(field))) return false;
    if (this.#includes.length === 0) return true;
    return this.#includes.some((pattern) => pattern.covers(field) || pattern.reachesBelow(field));
  }

  apply(source: JsonObject): JsonObject {
    return this.#object(source, '', this.#includes.length === 0);
  }

  #object(object: JsonObject, prefix: string, included: boolean): JsonObject {
    const kept: JsonObject = {};
    for (const key of Object.keys(object)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (this.#excludes.some((pattern) => pattern.covers(path))) continue;
      const value = this.#value(
        object[key],
        path,
        included || this.#includes.some((pattern) => pattern.covers(path)),
      );
      if (value !== undefined) kept[key] = value;
    }
    return kept;
  }

  #value(value: unknown, path: string, included: boolean): unknown {
    const excludesBelow = this.#excludes.some((pattern) => pattern.reachesBelow(path));
    if (included && !excludesBelow) return value;
    if (!included && !this.#includes.some((pattern) => pattern.reachesBelow(path)))
      return undefined;
    if (Array.isArray(value)) {
      const items = value
        .map((item: unknown) => this.#value(item, path, included))
        .filter((item) => item !== undefined);
      return included || items.length > 0 ? items : undefined;
    }
    if (!isObject(value)) return included ? value : undefined;
    const kept = this.#object(value, path, included);
    return included || Object.keys(kept).length > 0 ? kept : undefined;
  }
}

function names(value: unknown): string[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((name) => {
    if (typeof name !== 'string') throw parsingError('Unknown key for a value in [_source].');
    return name;
  });
}

/** Reads `_source`: a boolean, one pattern, a list of patterns, or includes and excludes. */
export function parseSourceFilter(given: unknown): SourceFilter {
  if (given === undefined || given === true) return new PathFilter([], []);
  if (given === false) return { enabled: false, wants: () => false, apply: () => ({}) };
  if (!isObject(given)) return new PathFilter(names(given), []);
  for (const key of Object.keys(given)) {
    if (!['includes', 'include', 'excludes', 'exclude'].includes(key)) {
      throw parsingError(`Unknown key for a START_ARRAY in [${key}].`);
    }
  }
  return new PathFilter(
    names(given['includes'] ?? given['include']),
    names(given['excludes'] ?? given['exclude']),
  );
}
