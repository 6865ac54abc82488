import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { attributeColumns } from '../../../src/attributes.ts';
import { mappingIssues } from '../../../src/transform/mapping/mapping.ts';
import { COLUMN_TYPES } from '../../../src/transform/mapping/path.ts';
import { extractOf, type Mapping, rowsOf, Unfit } from './files.ts';

const doc = readFileSync(new URL('../../../../../docs/mapping.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  Array.from(
    doc.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')),
    ([, text]) => text ?? '',
  );
const mappings = blocks('yaml').map((yaml) => (parse(yaml) as { tables: Mapping }).tables);

test.each(mappings.map((mapping) => [Object.keys(mapping).join(', '), mapping] as const))(
  'the mapping of %s has no mistakes',
  (_, mapping) => expect(mappingIssues(mapping)).toEqual([]),
);

test('there are mappings', () => expect(mappings.length).toBeGreaterThan(4));

test('the example gives the rows that are shown', async () => {
  const [document = ''] = blocks('json');
  const { peaks } = rowsOf(await extractOf(mappings[0] ?? {}, document));
  const area = doc.indexOf('area\\_\\_text');
  const shown = doc
    .slice(doc.indexOf('\n| ---', area))
    .split('\n')
    .slice(2, 5)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const found = peaks?.map((row) => [
    ...row.map((cell) => (cell instanceof Unfit ? (cell.nearest ?? '') : cell)).map(String),
    row.map((cell) => (cell instanceof Unfit ? cell.text : '')).join(''),
  ]);
  expect(found).toEqual(shown);
});

test('the curve of the example', async () => {
  const [document = ''] = blocks('json');
  const curve = mappings.find((mapping) => 'curve' in mapping) ?? {};
  expect(rowsOf(await extractOf(curve, document))).toEqual({
    curve: [
      ['absorbance', 0, 1],
      ['absorbance', 0.5, 5],
      ['absorbance', 1, 3],
    ],
  });
});

test('all types and attributes are named', () => {
  const types = doc.slice(doc.indexOf('\n## Types'), doc.indexOf('\n### Values that'));
  for (const type of COLUMN_TYPES) expect(types).toContain(`\n| \`${type}\``);
  const attributes = doc.slice(doc.indexOf('\n### What TDP knows'));
  for (const { name } of attributeColumns) expect(attributes).toContain(`\`${name}\``);
});
