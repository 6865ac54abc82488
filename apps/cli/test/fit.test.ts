import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fittedTable } from '../src/render/fit.ts';

const HEAD = ['_parent_row', 'uuid', 'name', 'area_value', 'comment', 'fk_sample'];
const ROW = ['1', 'a'.repeat(36), 'caffeine', '12.5', 'long '.repeat(8), 'b'.repeat(36)];

it('keys are last, and nothing is cut where there is room', () => {
  const [head, row] = fittedTable(HEAD, [ROW]);
  expect(head?.split(/ +/)).toEqual([
    ...['name', 'area_value', 'comment'],
    ...['_parent_row', 'uuid', 'fk_sample'],
  ]);
  expect(row).not.toContain('…');
});

it('in 80 columns the longest cells are cut', () => {
  const [head, row] = fittedTable(HEAD, [ROW], 80);
  expect(head).toMatch(/^name .*fk_sample$/);
  expect(row).toMatch(/^caffeine +12\.5 +long long .*…/);
});

it('in few columns the last are left out, and named', () => {
  const lines = fittedTable(HEAD, [ROW], 30);
  expect(lines[0]).toMatch(/^name +area_va… +comment$/);
  expect(lines.at(-1)).toBe('… and 3 more: _parent_row, uuid, fk_sample');
});

it('no row is wider than the terminal', () => {
  const cells = fc.array(fc.string({ maxLength: 60 }), { minLength: 5, maxLength: 5 });
  const names = ['a', 'pk', 'a_long_name_of_a_column', 'd', 'fk_e'];
  fc.assert(
    fc.property(fc.array(cells), fc.integer({ min: 10, max: 200 }), (rows, columns) => {
      const lines = fittedTable(names, rows, columns).filter((line) => !line.startsWith('… and'));
      // An escape is shown longer than it is.
      const plain = rows.flat().every((text) => /^[ -~]*$/.test(text));
      if (plain) for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }),
  );
});
