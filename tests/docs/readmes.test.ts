import { readFileSync } from 'node:fs';
import { postgresQueue } from '@tdp-sync/queue-postgres';
import { bigQuerySink } from '@tdp-sync/sink-bigquery';
import { duckdbSink } from '@tdp-sync/sink-duckdb';
import { mssqlSink } from '@tdp-sync/sink-mssql';
import { postgresSink } from '@tdp-sync/sink-postgres';
import { snowflakeSink } from '@tdp-sync/sink-snowflake';
import { jsonSink } from 'tdp-sync-sink-json';
import { expect, it } from 'vitest';
import { codeBlocks, tableRows } from './markdown.ts';
import { page, pages, ROOT } from './pages.ts';
import { SECTIONS, withSettings } from './settings.ts';

const HEADINGS = ['What it is', 'Install', 'Config', 'What it does to your database', 'Limits'];
const PACKAGES = pages.filter(({ path }) => /^(packages|apps)\/|sink-json\//.test(path));

const SINKS = [
  ['packages/sink-duckdb', duckdbSink],
  ['packages/sink-bigquery', bigQuerySink],
  ['packages/sink-mssql', mssqlSink],
  ['packages/sink-postgres', postgresSink],
  ['packages/sink-snowflake', snowflakeSink],
  ['examples/sink-json', jsonSink],
] as const;

const WITH_SETTINGS = [...SINKS, ['packages/queue-postgres', postgresQueue]] as const;

/** The part of a page below one of its headings. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n## ${heading}\n`);
  return rest.split(/^## /m)[0] ?? '';
}

it('each package has a README', () => {
  expect(PACKAGES.length).toBe(12);
});

it.each(PACKAGES)('$path has the five headings', ({ text }) => {
  const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(found).toEqual(HEADINGS);
});

it.each(WITH_SETTINGS)(
  'the table of settings in the README of %s is that of the schema',
  (dir, adapter) => {
    const schema = adapter.config['~standard'].jsonSchema?.input({ target: 'draft-07' });
    const settings = Object.entries(schema?.['properties'] ?? {}).map(([name, setting]) => {
      const value: unknown = setting.default;
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return [`\`${name}\``, value === undefined ? '' : `\`${text}\``];
    });
    const [head, ...rows] = tableRows(section(page(`${dir}/README.md`).text, 'Config'));
    expect(head).toEqual(['setting', 'default', 'what it does']);
    expect(rows.map(([name, value]) => [name, value]).sort()).toEqual(settings.sort());
    expect(rows.filter(([, , meaning = '']) => meaning.length < 5)).toEqual([]);
  },
);

it.each(WITH_SETTINGS)(
  'the README of %s says which tables, rights and statements there are',
  (dir) => {
    const text = section(page(`${dir}/README.md`).text, 'What it does to your database');
    expect(tableRows(text).length).toBeGreaterThan(3);
    expect(text).toMatch(/right|permission|role/i);
    expect(text).toMatch(/SELECT|JSON_VALUE|jq/);
  },
);

/** A statement without what differs between the README and the names of the snapshots. */
function plain(sql: string): string {
  return sql
    .replaceAll('"tdp"."ma""in".', '')
    .replaceAll('ru""ns', 'runs')
    .replaceAll('na""me', 'name')
    .replaceAll(/["`\\]/g, '')
    .replaceAll(/\s+/g, ' ');
}

it.each(['packages/sink-duckdb', 'packages/sink-bigquery'])(
  'the statements in the README of %s are those that are sent',
  (dir) => {
    const sent = plain(readFileSync(`${ROOT}${dir}/test/__snapshots__/sql.test.ts.snap`, 'utf8'));
    const shown = codeBlocks(
      section(page(`${dir}/README.md`).text, 'What it does to your database'),
    )
      .filter(({ language }) => language === 'sql')
      .flatMap(({ text }) => text.split(/;\n/))
      .map((statement) => plain(statement).trim());
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter((statement) => !sent.includes(statement))).toEqual([]);
  },
);

it('docs/configuration.md has every setting as the schema says it: npm run docs writes it', () => {
  const { text } = page('docs/configuration.md');
  expect(withSettings(text)).toBe(text);
  for (const section of SECTIONS) expect(text).toContain(`<!-- settings of ${section},`);
});
