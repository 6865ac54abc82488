import { CliError } from '../exit.ts';
import { type Fields, isFields, Unknown } from './query-literal.ts';
import { indexedFrom, saidOf } from './query-since.ts';
import { searchesIn } from './query-text.ts';

/** What a search becomes in a config. */
export interface FromQuery {
  /** Clauses of `filter`. */
  readonly filter: readonly Fields[];
  readonly since: string | undefined;
  /** What is not taken over, a sentence each. */
  readonly left: readonly string[];
}

const WHY_NOT: Readonly<Record<string, string>> = {
  size: 'tdp-sync finds by itself how much fits a page',
  from: 'tdp-sync reads every page',
  search_after: 'tdp-sync keeps its place in the database',
  sort: 'tdp-sync reads in the order of fileId, which proves that no page is missing',
  _source: 'tdp-sync asks for the fields that it needs, and fetches the files themselves',
  fields: 'tdp-sync asks for the fields that it needs, and fetches the files themselves',
  aggs: 'a sync has files, and no statistics; ask the tables in SQL',
  aggregations: 'a sync has files, and no statistics; ask the tables in SQL',
  track_total_hits: 'tdp-sync counts by itself',
  min_score: 'a filter has no scores, so it takes files of any',
};

/**
 * What a searchEql body, as a file, a command, a cell or a notebook has it, becomes in a config; `undefined` where there is none.
 *
 * @throws CliError where there is one that cannot be read.
 */
export function fromQuery(text: string): FromQuery | undefined {
  const { bodies, clauses, broken, twice } = searchesIn(text);
  // Beside a search, clauses are what a program makes it of.
  const [body, ...others] = bodies.length > 0 ? bodies : clauses.map((query) => ({ query }));
  if (body === undefined) {
    if (broken !== undefined) throw new CliError(`${brokenAt(broken)}.`);
    return undefined;
  }
  const reading = new Reading();
  const { query, post_filter: postFilter, ...rest } = body as Fields;
  for (const clause of [query, postFilter]) if ((clause ?? null) !== null) reading.all(clause);
  for (const key of new Set(twice))
    reading.left.push(
      `"${key}" stands twice: both count here, where JSON and Python see the last.`,
    );
  for (const [key, value] of Object.entries(rest)) reading.left.push(besides(key, value));
  if (others.length > 0) reading.left.push(ofSeveral(others.length, bodies.length > 0));
  if (bodies.length > 0 && clauses.length > 0) reading.left.push(ofParts(clauses.length));
  if (broken !== undefined) reading.left.push(`${brokenAt(broken)}; it is another one.`);
  return { filter: reading.filter, since: reading.since, left: reading.left };
}

function brokenAt(line: number): string {
  return `The search that begins in line ${line} (of a notebook: of its cell) cannot be read: expected JSON, or a dict of Python with every bracket closed`;
}

function besides(key: string, value: unknown): string {
  if (value instanceof Unknown && value.said === key) return knownThere('what is added', value);
  return `${key}: ${WHY_NOT[key] ?? 'a sync has no such thing'}.`;
}

function ofParts(parts: number): string {
  const what = parts === 1 ? 'a clause' : `${parts} clauses`;
  return `${what} beside the search, which the notebook may put into it: not taken. Write into "filter" what belongs there; without it the filter takes more files.`;
}

function ofSeveral(others: number, areSearches: boolean): string {
  const [one, many] = areSearches ? ['search', 'searches'] : ['clause', 'clauses'];
  const what = others === 1 ? `another ${one}` : `${others} other ${many}`;
  if (!areSearches)
    return `${what} in the same text, and no search that says how they belong together: only the first is taken. Give the whole search, such as {"query": {"bool": {"must": [...]}}}.`;
  return `${what} in the same text: only the first is taken. Give the one that is meant by itself, such as its cell to "--from -"; each search is a sync of its own.`;
}

/** Parts of a `bool` that can stand alone, and those that say nothing of which files are meant. */
const PARTS = ['must', 'filter', 'should', 'must_not', 'minimum_should_match', 'boost', '_name'];

class Reading {
  readonly filter: Fields[] = [];
  readonly left: string[] = [];
  since: string | undefined;

  /** Clauses that must all hold. */
  all(clauses: unknown): void {
    for (const clause of listOf(clauses)) this.#clause(clause);
  }

  #clause(clause: unknown): void {
    if (clause instanceof Unknown) {
      this.left.push(knownThere('the clause', clause));
      return;
    }
    if (!isFields(clause)) {
      this.left.push(`${saidOf(clause)}: it is no clause. Without it the filter takes more files.`);
      return;
    }
    const [[kind, body] = [], ...more] = Object.entries(clause);
    if (more.length > 0 || !isFields(body)) this.#take(clause);
    else if (kind === 'range' && isIndexed(body)) this.#indexed(body['indexedAt']);
    else if (kind === 'bool') this.#bool(body);
    else if (kind !== 'match_all') this.#take(clause);
  }

  /** Taken apart only where the parts mean the same as the whole. */
  #bool(bool: Fields): void {
    const { must, filter, should, must_not: not, minimum_should_match: asked } = bool;
    const [required, optional] = [[must, filter].flatMap(listOf), listOf(should)];
    const least = Number(asked ?? 0);
    const isPlain = /^\d+$/.test(String(asked ?? 0)) && (least === 0 || optional.length > 0);
    if (!isPlain || Object.keys(bool).some((key) => !PARTS.includes(key))) {
      this.#take({ bool });
      return;
    }
    this.all(required);
    for (const each of unknownIn(not) === undefined ? [not].filter(hasAny) : listOf(not))
      this.#take({ bool: { must_not: each } });
    if (optional.length === 0) return;
    // Beside others that must hold, these only change the score unless so many are asked for.
    if (least > 0 || required.length === 0)
      this.#take({ bool: { should, minimum_should_match: Math.max(least, 1) } });
    else this.left.push('should: beside must and filter it only changes the score.');
  }

  #take(clause: Fields): void {
    const unknown = unknownIn(clause);
    if (unknown === undefined) this.filter.push(clause);
    else this.left.push(knownThere(`the clause on ${subjectOf(clause)}`, unknown));
  }

  #indexed(range: Fields): void {
    const { since, kept, left } = indexedFrom(range);
    if (kept !== undefined) this.filter.push({ range: { indexedAt: kept } });
    this.left.push(...left);
    // Of two that must both hold, the later one.
    if (since === undefined) return;
    if (this.since === undefined || Date.parse(since) > Date.parse(this.since)) this.since = since;
  }
}

function isIndexed(range: Fields): range is { readonly indexedAt: Fields } {
  return isFields(range['indexedAt']) && Object.keys(range).length === 1;
}

function hasAny(clauses: unknown): boolean {
  return listOf(clauses).length > 0;
}

/** Clauses may be a list, a single one, or none. */
function listOf(clauses: unknown): readonly unknown[] {
  return clauses === undefined || clauses === null ? [] : [clauses].flat();
}

function knownThere(what: string, { said }: Unknown): string {
  return `${what}: "${said}" is known to the notebook only. Write it into "filter" with its value; without it the filter takes more files.`;
}

function unknownIn(value: unknown): Unknown | undefined {
  if (value instanceof Unknown) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = unknownIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The field that a clause is about, or what kind of clause it is. */
function subjectOf(clause: Fields): string {
  const [kind = '', what] = Object.entries(clause)[0] ?? [];
  const [field] = isFields(what) ? Object.keys(what) : [];
  return kind === 'bool' || kind === 'nested' || field === undefined ? kind : field;
}
