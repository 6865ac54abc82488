import { bodiesIn, isFields, Unknown } from './query-text.ts';

/** What a search becomes in a config. */
export interface FromQuery {
  /** Clauses of `filter`. */
  readonly filter: readonly Readonly<Record<string, unknown>>[];
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
  min_score: 'a filter has no scores',
};

/** What a searchEql body, as a file, a cell or a notebook has it, becomes in a config; `undefined` where there is none. */
export function fromQuery(text: string): FromQuery | undefined {
  const [body, ...others] = bodiesIn(text);
  if (body === undefined) return undefined;
  const reading = new Reading();
  const { query, post_filter: postFilter, ...rest } = body;
  for (const clause of [query, postFilter]) if (clause !== undefined) reading.all(clause);
  for (const key of Object.keys(rest))
    reading.left.push(`${key}: ${WHY_NOT[key] ?? 'a sync has no such thing'}.`);
  if (others.length > 0) reading.left.push(ofSeveral(others.length));
  return { filter: reading.filter, since: reading.since, left: reading.left };
}

function ofSeveral(others: number): string {
  const what = others === 1 ? 'another search' : `${others} other searches`;
  return `${what} in the same text: only the first is taken. Give the one that is meant by itself, such as its cell to "--from -"; each search is a sync of its own.`;
}

class Reading {
  readonly filter: Readonly<Record<string, unknown>>[] = [];
  readonly left: string[] = [];
  since: string | undefined;

  /** Clauses that must all hold. */
  all(clauses: unknown): void {
    for (const clause of [clauses].flat()) this.#clause(clause);
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
    const { bool, range } = clause;
    if ('match_all' in clause) return;
    if (isFields(range) && isFields(range['indexedAt'])) this.#indexed(range['indexedAt']);
    else if (isFields(bool)) this.#bool(bool);
    else this.#take(clause);
  }

  #bool({ must, filter, should, must_not: not, ...how }: Readonly<Record<string, unknown>>): void {
    for (const clauses of [must, filter]) if (clauses !== undefined) this.all(clauses);
    if (not !== undefined) this.#take({ bool: { must_not: not } });
    if (should === undefined) return;
    // Beside others that must hold, these only change the score unless so many are asked for.
    const isNeeded = 'minimum_should_match' in how || (must === undefined && filter === undefined);
    if (isNeeded) this.#take({ bool: { should, minimum_should_match: 1, ...how } });
    else this.left.push('should: beside must and filter it only changes the score.');
  }

  #take(clause: Readonly<Record<string, unknown>>): void {
    const unknown = unknownIn(clause);
    if (unknown === undefined) this.filter.push(clause);
    else this.left.push(knownThere(`the clause on ${subjectOf(clause)}`, unknown));
  }

  #indexed({ gte, gt, from, lt, lte, to }: Readonly<Record<string, unknown>>): void {
    const start = gte ?? gt ?? from;
    const since = start === undefined ? undefined : momentOf(start);
    if (since !== undefined) this.since = since;
    else if (start !== undefined)
      this.left.push(
        `indexedAt from ${saidOf(start)}: "since" is a fixed date or time. Without it the sync begins with the oldest file.`,
      );
    const end = lt ?? lte ?? to;
    if (end !== undefined)
      this.left.push(
        `indexedAt up to ${saidOf(end)}: tdp-sync reads up to now, window by window, and goes on there.`,
      );
  }
}

function knownThere(what: string, { said }: Unknown): string {
  return `${what}: "${said}" is known to the notebook only. Write it into "filter" with its value; without it the filter takes more files.`;
}

/** A date, or a time with its zone; without one TDP takes UTC. */
function momentOf(value: unknown): string | undefined {
  if (typeof value === 'number' && value > 1e11) return new Date(value).toISOString();
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  if (Number.isNaN(Date.parse(value))) return undefined;
  const [date = '', time] = value.split(/[T ]/);
  if (time === undefined) return date;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? time : `${time}Z`;
  return new Date(`${date}T${zoned}`).toISOString();
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
function subjectOf(clause: Readonly<Record<string, unknown>>): string {
  const [kind = '', what] = Object.entries(clause)[0] ?? [];
  const [field] = isFields(what) ? Object.keys(what) : [];
  return kind === 'bool' || kind === 'nested' || field === undefined ? kind : field;
}

function saidOf(value: unknown): string {
  return value instanceof Unknown ? value.said : String(value);
}
