import { type Dice, pick } from '../dice.ts';
import { anyField, fieldOf, type Kind } from './fields.ts';
import { queryOf } from './query.ts';

type Agg = Record<string, unknown>;

const VALUES: readonly Kind[] = ['keyword', 'keyword', 'long', 'double', 'boolean', 'date', 'date'];

function field(roll: Dice): string {
  return roll(5) === 0 ? anyField(roll)[1] : fieldOf(roll, VALUES);
}

function terms(roll: Dice): Agg {
  const order = pick<unknown>(roll, [
    ...[undefined, undefined, { _key: 'asc' }, { _key: 'desc' }, { _count: 'asc' }],
    [{ _count: 'desc' }, { _key: 'desc' }],
  ]);
  return {
    terms: {
      field: field(roll),
      ...(roll(2) === 0 ? { size: pick(roll, [1, 2, 3, 5, 100]) } : {}),
      ...(order === undefined ? {} : { order }),
      ...(roll(6) === 0 ? { min_doc_count: roll(4) + 1 } : {}),
      ...(roll(8) === 0 ? { missing: pick<unknown>(roll, ['none', 0, 'N/A']) } : {}),
    },
  };
}

function histogram(roll: Dice): Agg {
  const interval = pick<Agg>(roll, [
    ...[{ calendar_interval: 'day' }, { calendar_interval: '1M' }, { calendar_interval: 'week' }],
    ...[{ fixed_interval: '12h' }, { fixed_interval: '7d' }, { interval: '1d' }],
    ...[{ interval: '86400000ms' }, { calendar_interval: 'hour' }, { calendar_interval: 'year' }],
  ]);
  const bounds = { min: '2026-10-01', max: '2026-11-05' };
  return {
    date_histogram: {
      field: roll(8) === 0 ? field(roll) : fieldOf(roll, ['date']),
      ...interval,
      ...(roll(4) === 0 ? { time_zone: pick(roll, ['+02:00', '-05:30', 'UTC']) } : {}),
      ...(roll(4) === 0 ? { min_doc_count: roll(3) } : {}),
      ...(roll(6) === 0 ? { extended_bounds: bounds } : {}),
      ...(roll(6) === 0 ? { format: pick(roll, ['yyyy-MM-dd', 'epoch_millis']) } : {}),
      ...(roll(5) === 0
        ? { order: pick<unknown>(roll, [{ _key: 'desc' }, { _count: 'desc' }, { _count: 'asc' }]) }
        : {}),
    },
  };
}

function metric(roll: Dice): Agg {
  const kind = pick(roll, ['min', 'max', 'sum', 'avg', 'value_count', 'cardinality']);
  const counts = kind === 'value_count' || kind === 'cardinality';
  const of = counts ? field(roll) : fieldOf(roll, ['long', 'double', 'date', 'boolean']);
  return { [kind]: { field: roll(10) === 0 ? anyField(roll)[1] : of } };
}

function bucket(roll: Dice): Agg {
  return pick<() => Agg>(roll, [
    () => terms(roll),
    () => terms(roll),
    () => histogram(roll),
    () => ({ filter: queryOf(roll, 2) }),
    () => ({ missing: { field: anyField(roll)[1] } }),
  ])();
}

const IN_LABELS: readonly string[] = ['labels.name', 'labels.value'];
const IN_SAMPLES: readonly string[] = [
  'data.samples.id',
  'data.samples.amount',
  'data.samples.tags',
];

function nested(roll: Dice): Agg {
  const path = pick(roll, ['labels', 'data.samples']);
  const within = pick(roll, path === 'labels' ? IN_LABELS : IN_SAMPLES);
  const kind = pick(roll, ['terms', 'value_count', 'cardinality']);
  return { nested: { path }, aggs: { inner: { [kind]: { field: within } } } };
}

function aggOf(roll: Dice, depth: number): Agg {
  const made = roll(8);
  if (made === 0 && depth === 0) return nested(roll);
  if (made < 4) return metric(roll);
  const outer = bucket(roll);
  return depth < 2 && roll(3) === 0 ? { ...outer, aggs: aggsOf(roll, depth + 1) } : outer;
}

/** One or two aggregations by name. */
export function aggsOf(roll: Dice, depth = 0): Record<string, Agg> {
  const names = roll(3) === 0 ? ['a', 'b'] : ['a'];
  return Object.fromEntries(names.map((name) => [name, aggOf(roll, depth)]));
}
