import type { TablePlan } from './plan.ts';
import { deleteRows } from './sql.ts';
import { insertRows, type Shapes } from './staging-tables.ts';

/** Which ways of joining are left where an index must be used: of a new table PostgreSQL knows too little to choose it. */
const BY_INDEX = joining('off');
const BY_HASH = joining('on');

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
    BY_HASH,
    ...remove(false),
    ...withRows.map((plan) => insertRows(schema, plan)),
  ].join(';\n');
}

function shapesWith(shapes: Shapes, plan: TablePlan): readonly number[] {
  return shapes.flatMap((plans, shape) => (plans.includes(plan) ? [shape] : []));
}

function joining(how: 'on' | 'off'): string {
  const others = ['seqscan', 'hashjoin', 'mergejoin'].map((way) => `${way} = ${how}`);
  const nested = `nestloop = ${how === 'on' ? 'off' : 'on'}`;
  return [...others, nested].map((setting) => `SET LOCAL enable_${setting}`).join('; ');
}
