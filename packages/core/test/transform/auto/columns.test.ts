import { expect, test } from 'vitest';
import { effectsOf } from '../../../src/transform/columns/effects.ts';
import { ColumnPlan } from '../../../src/transform/columns/plan.ts';
import type { ColumnRules } from '../../../src/transform/columns/rules.ts';
import { extractOf, plainHit, shown } from './files.ts';

const SALT = 'a salt for tests only';
const planOf = (rules: ColumnRules): ColumnPlan => new ColumnPlan(rules, SALT);

test('a renamed column has its name, is another one than before, and its neighbours stay', async () => {
  const columns = planOf({
    'run.name': { rename: 'Run title' },
    'runs[].peaks[].area.value': { rename: 'area' },
    run: { rename: 'never' },
  });
  const document = {
    run: { name: 'x', id: 1 },
    runs: [{ peaks: [{ area: { value: 2, unit: 'mAU' } }] }],
  };
  expect(shown(await extractOf(document, { columns }))).toEqual({
    'docs_root: Run title string, run_id float64': [['x', 1]],
    'docs_runs: _parent_row int64': [[0n]],
    'docs_runs_peaks: _parent_row int64, area float64, area_unit string': [[0n, 2, 'mAU']],
  });
  const paths = async (columns?: ColumnPlan): Promise<unknown> =>
    (await extractOf(document, { columns })).tables[0]?.columns.map(({ path }) => path);
  expect(await paths(columns)).toEqual(['run.name[as Run title]', 'run.id']);
  expect(await paths()).toEqual(['run.name', 'run.id']);
});

test('a name that another column of the table has is refused, with both paths', async () => {
  const columns = planOf({ 'run.name': { rename: 'Run_ID' } });
  await expect(extractOf({ run: { name: 'Jane', id: 1 } }, { columns })).rejects.toMatchObject({
    code: 'TRANSFORM_FAILED',
    message: expect.stringMatching(
      /^The table docs_root would have two columns "Run_ID" .*: `columns` calls "run\.name" so, and "run\.id" has that name/,
    ),
  });
  const uuid = planOf({ 'run.name': { rename: 'uuid' } });
  await expect(
    extractOf({ run: { name: 'Jane' } }, { columns: uuid, uuids: true }),
  ).rejects.toThrow(/two columns "uuid"/);
});

test('hashes are text, whatever the schema says of the values', async () => {
  const schemas = async (): Promise<unknown> => ({
    properties: {
      operator: { properties: { id: { type: 'number' }, at: { type: 'number' } } },
      users: { type: 'array', items: { properties: { pin: { type: 'integer' } } } },
    },
  });
  const file = plainHit({ ids: 'lab/t:v1.0.0', idsType: 't', idsVersion: 'v1.0.0' });
  const columns = planOf({ 'operator.id': 'hash', 'users.pin': 'hash' });
  const document = { operator: { id: 'a hash', at: 1 }, users: [{ pin: 'a hash' }] };
  const tables = shown(await extractOf(document, { columns, schemas }, file));
  expect(tables).toEqual({
    't_v1_root: operator_id string, operator_at float64': [['a hash', 1]],
    't_v1_users: _parent_row int64, pin string': [[0n, 'a hash']],
  });
});

test('the fingerprint changes with the names, and only with them', async () => {
  const { autoTransform } = await import('../../../src/transform/auto/auto.ts');
  const of = (columns?: ColumnPlan): string =>
    autoTransform({ fallbackName: 'docs', columns }).fingerprint;
  expect(of(planOf({ a: 'drop' }))).toBe(of());
  expect(of(planOf({ a: { rename: 'b' } }))).not.toBe(of());
});

test('it is told what each rule is for, and what may have been meant', async () => {
  const rules = {
    'users.email': 'drop',
    '*.operator*': 'hash',
    'run.name': { rename: 'title' },
    'users[].emial': 'drop',
    '*.nothing': 'drop',
    run: { rename: 'never' },
  } as const;
  const document = { users: [{ email: 'e', operatorId: 1 }], operator: { a: 1 }, run: { name: 1 } };
  const extract = await extractOf(document, { columns: planOf(rules) });
  const [email, operator, name, slip, nothing, run] = effectsOf(rules, [{ extract, document }]);
  expect(email?.places).toEqual(['users[].email']);
  expect(operator?.places).toEqual(['operator', 'operator.a', 'users[].operatorId']);
  expect(name?.places).toEqual(['run.name']);
  expect(slip).toMatchObject({ places: [], near: 'users[].email' });
  expect(nothing).toEqual({ pattern: '*.nothing', rule: 'drop', places: [] });
  expect(run?.places).toEqual([]);
});
