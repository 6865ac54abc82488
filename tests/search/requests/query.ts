import { type Dice, pick } from '../dice.ts';
import { anyField, DATES, fieldOf, TEXTS, valueFor } from './fields.ts';

type Query = Record<string, unknown>;

const MINIMUMS: readonly unknown[] = [
  ...[0, 1, 2, 3, -1, -2, '1', '50%', '-50%', '0%', '-100%', '67%', '100%', '2<75%', '1<-1', '+1'],
];

function term(roll: Dice): Query {
  const [kind, field] = anyField(roll);
  const value = valueFor(roll, kind);
  if (roll(4) > 0) return { term: { [field]: value } };
  const anyCase = roll(2) === 0 ? { case_insensitive: true } : { boost: 2 };
  return { term: { [field]: { value, ...anyCase } } };
}

function terms(roll: Dice): Query {
  const [kind, field] = anyField(roll);
  // Of several truths the node reads the first two that differ, in an order of its own.
  if (kind === 'boolean') return { terms: { [field]: [pick(roll, [true, false, 'true'])] } };
  return {
    terms: { [field]: Array.from({ length: 1 + roll(3) }, () => valueFor(roll, kind)) },
  };
}

function pattern(roll: Dice): Query {
  const clause = pick(roll, ['prefix', 'wildcard']);
  const [, field] = anyField(roll);
  const text = pick(roll, TEXTS).slice(0, 1 + roll(6));
  const value = clause === 'prefix' ? text : pick(roll, [`${text}*`, `*${text}?`, `?*${text}*`]);
  if (roll(4) > 0) return { [clause]: { [field]: value } };
  return { [clause]: { [field]: { value, case_insensitive: true } } };
}

function match(roll: Dice): Query {
  const [kind, field] = anyField(roll);
  const clause = pick(roll, ['match', 'match', 'match_phrase']);
  const query = valueFor(roll, kind);
  if (roll(3) > 0) return { [clause]: { [field]: query } };
  const options: Query = pick<Query>(roll, [
    { operator: 'and' },
    { minimum_should_match: pick(roll, MINIMUMS) },
    { zero_terms_query: 'all' },
    { lenient: true },
    { operator: 'OR', boost: 2 },
  ]);
  return { [clause]: { [field]: { query, ...options } } };
}

function range(roll: Dice): Query {
  const [kind, field] =
    roll(2) === 0 ? (['date', fieldOf(roll, ['date'])] as const) : anyField(roll);
  const bounds: Query = {};
  for (let bound = 0; bound <= roll(2); bound++)
    bounds[pick(roll, ['gt', 'gte', 'lt', 'lte', 'gte', 'lte', 'lt'])] = valueFor(roll, kind);
  if (roll(4) === 0) bounds['time_zone'] = pick(roll, ['+02:00', '-05:30', 'UTC', '+19:00', 'Z']);
  if (roll(10) === 0)
    bounds['format'] = pick(roll, ['yyyy-MM-dd', 'epoch_millis', 'strict_date_optional_time']);
  return { range: { [field]: bounds } };
}

function exists(roll: Dice): Query {
  const [, field] = anyField(roll);
  return { exists: { field: roll(8) === 0 ? pick(roll, ['data.*', 'source*', 'd*', '']) : field } };
}

function simple(roll: Dice): Query {
  const word = (): string =>
    pick(roll, [pick(roll, TEXTS), pick(roll, ['-', '+', '|', '']) + pick(roll, TEXTS)]);
  const made = Array.from({ length: 1 + roll(3) }, word).join(pick(roll, [' ', ' | ', ' + ']));
  const query = pick(roll, [made, made, `"${made}"`, `${made}*`, `(${made}) -red`, '*']);
  const fields: unknown = pick<unknown>(roll, [
    ...[undefined, ['*'], ['data.title.text'], ['data.title', 'tags.text'], ['*.text'], []],
    ...[['data.*'], ['source.name^2']],
  ]);
  return {
    simple_query_string: {
      query,
      ...(fields === undefined ? {} : { fields }),
      ...(roll(3) === 0 ? { default_operator: pick(roll, ['and', 'or', 'AND']) } : {}),
      ...(roll(8) === 0 ? { lenient: true } : {}),
    },
  };
}

function nested(roll: Dice, depth: number): Query {
  const path = pick(roll, ['labels', 'labels', 'data.samples', 'data.samples', 'data.list']);
  const inner = pick<() => Query>(roll, [
    () => ({ term: { 'labels.name': pick(roll, ['project', 'site', 'x']) } }),
    () => ({ term: { 'data.samples.id': pick(roll, ['S-1', 'S-2']) } }),
    () => ({ range: { 'data.samples.amount': { gte: roll(9) } } }),
    () => ({ match: { 'labels.value.text': pick(roll, TEXTS) } }),
    () => ({ exists: { field: pick(roll, ['labels', 'labels.name', 'data.samples.place']) } }),
    () => ({
      bool: {
        must: [
          { term: { 'labels.name': 'project' } },
          { term: { 'labels.value': pick(roll, TEXTS) } },
        ],
      },
    }),
    () => queryOf(roll, depth + 1),
  ])();
  const unmapped = roll(6) === 0 ? { ignore_unmapped: true } : {};
  return { nested: { path, query: inner, ...unmapped } };
}

function bool(roll: Dice, depth: number): Query {
  const body: Query = {};
  for (const key of ['must', 'filter', 'should', 'must_not']) {
    if (roll(2) === 0) continue;
    const clauses = Array.from({ length: roll(4) }, () => queryOf(roll, depth + 1));
    body[key] = clauses.length === 1 && roll(2) === 0 ? clauses[0] : clauses;
  }
  if (roll(3) === 0) body['minimum_should_match'] = pick(roll, MINIMUMS);
  return { bool: body };
}

function other(roll: Dice, depth: number): Query {
  return pick<() => Query>(roll, [
    () => ({ match_all: {} }),
    () => ({ match_none: {} }),
    () => ({ constant_score: { filter: queryOf(roll, depth + 1) } }),
    () => ({ ids: { values: ['x', 'y'] } }),
    () => ({ range: { createdAt: { lt: pick(roll, DATES) } } }),
  ])();
}

/** A query of any kind, of clauses within clauses. */
export function queryOf(roll: Dice, depth = 0): Query {
  const leaves = [term, term, terms, pattern, match, range, range, exists, simple];
  const whole = [nested, other, bool, bool, bool];
  const made = roll(10) < (depth === 0 ? 6 : depth < 3 ? 8 : 10) ? pick(roll, leaves) : undefined;
  return made === undefined ? pick(roll, whole)(roll, depth) : made(roll);
}
