import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selected, sqlType } from '../src/values.ts';
import { parseScript, type Step } from './emulator/script.ts';
import { type Analyser, type Catalog, findAnalyser, startAnalyser } from './googlesql.ts';
import { comparing, creating, OTHER, PLACE, reading, STAGE, scripts, TABLE } from './statements.ts';

const { folder, reason } = await findAnalyser();
const title = `GoogleSQL's own analyser${reason === undefined ? '' : ` [skipped: ${reason}]`}`;
const PARAMETERS = {
  sync: 'text',
  ledger: 'text',
  state: 'text',
  since: 'text',
  load: 'text',
  status: 'text',
  ids: 'texts',
} as const;

const typesOf = (table: typeof TABLE) =>
  Object.fromEntries(table.columns.map(({ name, type }) => [name, sqlType(type)]));
const own = { _file_key: 'STRING', _row: 'INT64' };
const at = (table: string) => `${PLACE.project}.${PLACE.dataset}.${table}`;
const CATALOG: Catalog = {
  [at(TABLE.name)]: { ...own, ...typesOf(TABLE) },
  [at(OTHER.name)]: { ...own, ...typesOf(OTHER) },
  [at(STAGE)]: { t: 'INT64', k: 'STRING', s: 'INT64', r: 'INT64', v: 'TEXTS' },
  [at('_tdp_sync_state')]: { sync: 'STRING', state: 'STRING', load: 'STRING', applied: 'INT64' },
  [at('_tdp_sync_documents')]: {
    sync: 'STRING',
    id: 'STRING',
    order: 'STRING',
    status: 'STRING',
    rows: 'STRING',
  },
  // What the script makes for itself.
  tdp_sync_winners: {
    seq: 'INT64',
    doc: 'STRING',
    version: 'STRING',
    standing: 'STRING',
    known: 'BOOL',
  },
  tdp_sync_entries: { seq: 'INT64', entry: 'STRING' },
};

let analyser: Analyser;
beforeAll(async () => {
  if (folder !== undefined) analyser = await startAnalyser(folder, CATALOG);
});
afterAll(async () => {
  await analyser?.[Symbol.asyncDispose]();
});

describe.skipIf(folder === undefined)(title, () => {
  test.each(Object.entries({ ...creating, ...reading, ...comparing }))(
    'takes: %s',
    async (_, statement) => {
      await analyser.analyse(statement, PARAMETERS);
    },
  );

  test.each(Object.entries(scripts))(
    'takes the script, and each statement of: %s',
    async (_, script) => {
      await analyser.parse(script);
      const statements = statementsOf(parseScript(script));
      expect(statements.length).toBeGreaterThan(4);
      for (const statement of statements) await analyser.analyse(statement, PARAMETERS);
    },
  );

  test('refuses what is wrong', async () => {
    const select = (text: string) => analyser.analyse(`SELECT ${text} FROM \`${at('other')}\``, {});
    await expect(select('nope')).rejects.toThrow(/Unrecognized name/);
    await expect(select('seq = _file_key')).rejects.toThrow(/No matching signature/);
    await expect(analyser.parse('BEGIN TRANSACTION; IF TRUE; END IF;')).rejects.toThrow(/Syntax/);
    await expect(select(selected('json', '`seq`'))).resolves.toBeUndefined();
  });
});

/** The statements of a script that say something to the analyser, without its variable. */
function statementsOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'if') {
      const inner = [...statementsOf(step.then), ...statementsOf(step.otherwise)];
      return [`SELECT ${step.condition}`, ...inner];
    }
    const text = step.text.replace(/^SET \w+ = /, 'SELECT ');
    return /^(?:DECLARE|RAISE) /.test(text) ? [] : [text.replaceAll('tdp_sync_applied', '0')];
  });
}
