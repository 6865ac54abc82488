import type { TablePlan } from './plan.ts';
import { deleteRows } from './sql.ts';
import { insertRows, type Shapes } from './staging-tables.ts';

/** Which ways of joining are left where an index must be used: of a new table PostgreSQL knows too little to choose it. */
const BY_INDEX = joining('off');
const AS_YOU_LIKE = joining('on');

/** Replaces the rows of the winners: statements of one transaction, sent together. */
export function commitRows(schema: string, shapes: Shapes, withRows: readonly TablePlan[]): string {
  const named = [...new Set(shapes.flat())];
  const remove = (isIndexed: boolean) =>
    named
      .filter((plan) => plan.isIndexed === isIndexed)
      .map((plan) => deleteRows(schema, plan, shapesWith(shapes, plan)));
  return [
    BY_INDEX,
    ...remove(true),
    AS_YOU_LIKE,
    ...remove(false),
    ...withRows.map((plan) => insertRows(schema, plan)),
  ].join(';\n');
}

function shapesWith(shapes: Shapes, plan: TablePlan): readonly number[] {
  return shapes.flatMap((plans, shape) => (plans.includes(plan) ? [shape] : []));
}

function joining(how: 'on' | 'off'): string {
  return ['seqscan', 'hashjoin', 'mergejoin']
    .map((way) => `SET LOCAL enable_${way} = ${how}`)
    .join('; ');
}
