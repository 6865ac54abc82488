import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { blocksOf, sizedGroups } from '../src/session.ts';
import { statementsOf } from './server/block.ts';
import { hasServer, python, title } from './server.ts';
import { STATEMENTS } from './statements.ts';

const run = promisify(execFile);
/** Parses each statement of a JSON list, and says which it cannot: what is only taken as a command was not understood. */
const PARSE = `
import json, logging, sys
import sqlglot
logging.disable(logging.CRITICAL)
wrong = []
for name, text in json.loads(sys.argv[1]).items():
    try:
        parsed = sqlglot.parse(text, read="snowflake")
        if len(parsed) != 1 or isinstance(parsed[0], sqlglot.exp.Command):
            wrong.append(name)
    except sqlglot.errors.SqlglotError as error:
        wrong.append(f"{name}: {error}")
print(json.dumps(wrong))
`;

async function refused(statements: Readonly<Record<string, string>>): Promise<unknown> {
  const { stdout } = await run(python, ['-c', PARSE, JSON.stringify(statements)]);
  return JSON.parse(stdout);
}

describe('statements', () => {
  test.each(Object.entries(STATEMENTS))('%s', (_, statement) => {
    expect(statement).toMatchSnapshot();
  });

  test('those of the documents of a load may be carried out twice: each INSERT has a guard', () => {
    const inserts = Object.values(STATEMENTS).filter((text) => text.startsWith('INSERT'));
    expect(inserts.length).toBeGreaterThan(4);
    expect(inserts.filter((text) => !text.includes('NOT EXISTS'))).toEqual([]);
  });

  test('several are one request: a block, from which each comes out as it went in', () => {
    const all = Object.values(STATEMENTS);
    const blocks = blocksOf(all);
    expect(blocks.length).toBeLessThan(3);
    expect(blocks.flatMap(statementsOf)).toEqual(all);
    expect(blocksOf(all.slice(0, 1))).toEqual(all.slice(0, 1));
    expect(blocksOf([])).toEqual([]);
  });

  test('a request has no more than Snowflake takes', () => {
    const long = Array.from({ length: 10 }, () => 'x'.repeat(150_000));
    expect(sizedGroups(long, ({ length }) => length).map((group) => group.length)).toEqual([
      2, 2, 2, 2, 2,
    ]);
    const tooLong = ['x'.repeat(500_000), 'y'];
    expect(sizedGroups(tooLong, ({ length }) => length)).toHaveLength(2);
  });
});

describe.skipIf(!hasServer)(title('an independent parser of Snowflake'), () => {
  test('takes every statement', async () => {
    expect(await refused(STATEMENTS)).toEqual([]);
  });

  test('refuses what is wrong', async () => {
    expect(await refused({ wrong: 'SELECT FROM WHERE', two: 'SELECT 1; SELECT 2' })).toHaveLength(
      2,
    );
  });
});
