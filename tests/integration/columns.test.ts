import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inProcess } from './in-process.ts';
import { configText, type World, world } from './world.ts';

const SALT = 'a salt for these tests only';
const RULES = `columns:
      users[].email: drop
      "*.operator*": hash
      secret: drop
      lab.*.pin: hash`;
const SINK_JSON = new URL('../../examples/sink-json', import.meta.url).pathname;

const hashed = (text: string): string => createHmac('sha256', SALT).update(text).digest('hex');

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const KEYS = ['users', 'email', 'operator', 'operatorName', 'secret', 'lab', 'pin', 'run', 'name'];
const documents = fc.letrec<{ value: Json; object: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>('text', 1.5, true, null, 17),
    tie('object'),
    fc.array(tie('object'), { minLength: 1, maxLength: 3 }),
    fc.array(fc.constantFrom<Json>('a', 2), { maxLength: 3 }),
  ),
  object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { minKeys: 1, maxKeys: 4 }),
})).object;

/** Whether a value with these keys above it must not come in: the rules, in other words. */
function isKept(keys: readonly string[]): boolean {
  const operator = keys.some((key) => key.startsWith('operator'));
  const pin = keys[0] === 'lab' && keys.slice(2).includes('pin');
  return !operator && !pin && keys[0] !== 'secret' && !(keys[0] === 'users' && keys[1] === 'email');
}

/** Random texts and numbers, none of which is part of another, in place of what the rules keep out; and these. */
function marked(document: Json, marks: Set<string>): Json {
  const dice = new Dice(JSON.stringify(document) + marks.size);
  const mark = (value: Json): Json => {
    const made = typeof value === 'number' ? dice.number() : dice.text();
    marks.add(String(made));
    return made;
  };
  const walk = (value: Json, keys: readonly string[]): Json => {
    if (value === null) return null;
    if (Array.isArray(value)) return value.map((item: Json) => walk(item, keys));
    if (typeof value === 'object')
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, walk(inner, [...keys, key])]),
      );
    return isKept(keys) ? value : mark(value);
  };
  return walk(document, []);
}

class Dice {
  readonly #seed: string;
  #thrown = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #next(): string {
    this.#thrown += 1;
    return createHmac('sha256', this.#seed).update(String(this.#thrown)).digest('hex');
  }

  /** Nothing that repeats, so that no compression makes it unfindable. */
  text(): string {
    return `Jane ${this.#next().slice(0, 40)}`;
  }

  number(): number {
    return 4e14 + Number.parseInt(this.#next().slice(0, 12), 16);
  }
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

async function run(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await inProcess(w, args, {
    environment: { TDP_SYNC_HASH_SALT: SALT },
  });
  expect(`${err}${out} exit ${code}`).toMatch(/exit [06]$/);
  return out + err;
}

const config = (sync: string, sink = ''): Promise<void> =>
  w.config(`hashSalt: \${TDP_SYNC_HASH_SALT}\n${configText(sync, '', sink)}`);

const FILE = {
  category: 'IDS',
  ids: 'lab/kind:v1.0.0',
  indexedAt: Date.now() - 7_200_000,
} as const;

let made = 0;
/** Puts documents with marks in them, at these paths or at new ones. */
function put(count: number, marks: Set<string>, paths: readonly string[] = []): readonly string[] {
  return fc.sample(documents, { numRuns: count, seed: 7 + made }).map((document, index) => {
    made += 1;
    const path = paths[index] ?? `/random/${made}.json`;
    const content = marked(document, marks) as object;
    w.tdp.lake.put({ ...FILE, path, content, indexedAt: FILE.indexedAt + made * 1000 });
    return path;
  });
}

/** All that every table holds, bookkeeping too, as text. */
async function everything(): Promise<string> {
  return w.reading(async (sql) => {
    const tables = await sql('SELECT table_name FROM duckdb_tables()');
    const texts: string[] = [];
    for (const { table_name: name } of tables)
      texts.push(JSON.stringify(await sql(`SELECT * FROM "${name}"`)));
    return texts.join('\n');
  });
}

/** The bytes of all files of the database. */
async function bytes(): Promise<Buffer> {
  const names = (await readdir(w.dir)).filter((name) => name.startsWith('lab.'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(w.dir, name)))));
}

function inBytes(all: Buffer, mark: string): boolean {
  const float = Buffer.alloc(8);
  float.writeDoubleLE(Number(mark));
  return all.includes(mark) || (!Number.isNaN(Number(mark)) && all.includes(float));
}

/** Loads, updates, breaks, deletes, sweeps, retries, and makes all rows anew. */
async function live(rules: string, sink = ''): Promise<ReadonlySet<string>> {
  const marks = new Set<string>();
  const auto = `checkIds: false\n    keepDocument: true\n    deletes: remove\n    ${rules}\n    tables: auto`;
  await config(auto, sink);
  const paths = put(20, marks);
  for (const [at, broken] of [
    '{"secret":"Jane 0000111122223333"',
    '{"operator":"Jane 4444555566667777",}',
  ].entries())
    w.tdp.lake.put({ ...FILE, path: `/broken${at}.json`, content: broken });
  await run('run');
  put(10, marks, paths);
  put(5, marks);
  await run('run');
  const [first] = w.tdp.lake.versions([...w.tdp.lake.truth().keys()][0] ?? '');
  w.tdp.lake.delete(first?.fileId ?? '');
  for (let sweeps = 0; sweeps < 2; sweeps += 1) await run('sweep');
  await run('retry');
  await config(auto.replace('tables: auto', 'uuids: false\n    tables: auto'), sink);
  await run('rebuild');
  expect(marks.size).toBeGreaterThan(50);
  return marks;
}

it('what the rules keep out is nowhere in the database: not in a table, and not in a byte of its files', async () => {
  const marks = await live(RULES);
  const tables = await everything();
  const all = await bytes();
  expect([...marks].filter((mark) => tables.includes(mark))).toEqual([]);
  expect([...marks].filter((mark) => inBytes(all, mark))).toEqual([]);
  expect(tables).not.toMatch(/Jane/);
  // Made anew of the documents that are kept, and not hashed twice by that.
  expect([...marks].filter((mark) => tables.includes(hashed(mark))).length).toBeGreaterThan(10);
  expect(all.includes('Jane')).toBe(false);
  expect(all.includes(SALT)).toBe(false);
  // Files are failed, loaded and gone, so that all of this was there to be found.
  expect(await w.sql('SELECT DISTINCT status FROM docs_files ORDER BY 1')).toEqual([
    { status: 'deleted' },
    { status: 'failed' },
    { status: 'loaded' },
  ]);
});

it('without them it is found, in the tables and in the bytes', async () => {
  const marks = await live('');
  const tables = await everything();
  const all = await bytes();
  expect([...marks].filter((mark) => tables.includes(mark)).length).toBeGreaterThan(marks.size / 2);
  expect([...marks].filter((mark) => inBytes(all, mark)).length).toBeGreaterThan(marks.size / 2);
});

it.each([
  ['whole documents', RULES],
  [
    'a mapping',
    `${RULES}
    tables:
      people:
        columns: { id: operator.id, mail: "users[0].email", all: ". as json" }`,
  ],
  ['a transform that throws all that it is given', `${RULES}\n    transform: ./echo.mjs`],
])('so it is with %s, in a sink of files', async (_, sync) => {
  const echo = `export default {
    tables: { people: { id: 'string' } },
    rows: (_file, document) => { throw new Error(JSON.stringify(document)); },
  };`;
  await writeFile(join(w.dir, 'echo.mjs'), echo);
  const person = (mark: string): object => ({
    operator: { id: `Jane ${mark}`, note: `Jane ${mark}` },
    users: [{ email: `Jane ${mark}`, name: 'kept' }],
    secret: [`Jane ${mark}`],
  });
  for (const mark of ['a1', 'b2'])
    w.tdp.lake.put({ ...FILE, path: `/${mark}.json`, content: person(mark) });
  await w.config(
    `hashSalt: ${SALT}\nsource:\n  auth: ./auth.json\nsink:\n  type: ${SINK_JSON}\n  path: ./lab.json\nsyncs:\n  docs:\n    checkIds: false\n    ${sync}\n`,
  );
  await run('run');
  const all = String(await bytes());
  expect(all).toContain('kept');
  expect(all).toContain(hashed('Jane a1'));
  expect(all).not.toMatch(/Jane/);
});

it('preview says what each rule does, shows hashes only, and tells of a rule for nothing', async () => {
  w.tdp.lake.put({
    ...FILE,
    path: '/one.json',
    content: { operator: { id: 'Jane' }, users: [{ email: 'Jane' }], run: { name: 'r1' } },
  });
  await config(
    `checkIds: false\n    tables: auto\n    columns: { "*.operator*": hash, "users[].email": drop, run.name: { rename: title }, "users[].emial": drop }`,
  );
  const told = await run('preview');
  expect(told).toContain('columns: "*.operator*" hashes operator, operator.id');
  expect(told).toContain('columns: "users[].email" leaves out users[].email');
  expect(told).toContain('columns: "run.name" gives the name "title" to run.name');
  expect(told).toMatch(
    /problem: columns: "users\[\]\.emial" matches nothing in 1 sampled file; did you mean "users\[\]\.email"\?/,
  );
  expect(told).toContain(hashed('Jane').slice(0, 39));
  expect(told).not.toMatch(/Jane/);
  const json = JSON.stringify(JSON.parse(await run('preview', '--json')));
  expect(json).toContain('{"pattern":"*.operator*","rule":"hash","places":["operator",');
});

it.skipIf(!hasOpenssl)('the page tells how to make the hash of a name, by openssl', async () => {
  const page = await readFile(new URL('../../docs/privacy.md', import.meta.url), 'utf8');
  const [, command = ''] = /^(printf .* openssl .*)$/m.exec(page) ?? [];
  const { stdout } = spawnSync('sh', ['-c', command], {
    env: { ...process.env, TDP_SYNC_HASH_SALT: SALT },
  });
  expect(String(stdout)).toContain(hashed('Jane Doe'));
});

it('a table tells which columns there are, and which are new, by the query of the page', async () => {
  await config('checkIds: false\n    tables: auto\n    columns: { operator: hash }');
  const put = (content: object): unknown =>
    w.tdp.lake.put({ ...FILE, path: '/one.json', content, indexedAt: Date.now() - 120_000 });
  put({ operator: 'Jane', id: 1 });
  await run('run');
  put({ operator: 'Jane', id: 1, added: 'x' });
  await run('run');
  const page = await readFile(new URL('../../docs/columns.md', import.meta.url), 'utf8');
  const [, query = ''] = /```sql\n(SELECT table_name, [\s\S]*?)```/.exec(page) ?? [];
  const rows = await w.sql(query.replace('lab_columns', 'docs_columns'));
  const columns = rows.map(({ table_name, column_name, path }) => [table_name, column_name, path]);
  expect(columns.at(-1)).toEqual(['kind_v1_root', 'added', 'added']);
  expect(columns.slice(0, -1).sort()).toEqual([
    ['kind_v1_root', 'id', 'id'],
    ['kind_v1_root', 'operator', 'operator'],
    ['kind_v1_root', 'uuid', null],
  ]);
  const comments = await w.sql(
    "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'kind_v1_root' AND comment IS NOT NULL",
  );
  expect(comments).toEqual([
    { column_name: 'uuid', comment: expect.stringMatching(/^Names the row/) },
  ]);
  const { code } = await inProcess(w, ['drop', 'docs', '--yes'], {
    environment: { TDP_SYNC_HASH_SALT: SALT },
  });
  expect(code).toBe(0);
  expect(await w.sql("SELECT * FROM _tdp_sync_state WHERE sync = 'docs#columns'")).toEqual([]);
});

it('verify finds the rows as TDP and the rules have them, and another salt makes all hashes anew', async () => {
  w.tdp.lake.put({ ...FILE, path: '/one.json', content: { operator: 'Jane' } });
  await config('checkIds: false\n    tables: auto\n    columns: { operator: hash }');
  await run('run');
  expect(await run('verify', '--sample', '5')).toMatch(
    /equal to TDP[\s\S]*1 file fetched anew and compared/,
  );
  expect(await w.sql('SELECT operator FROM kind_v1_root')).toEqual([{ operator: hashed('Jane') }]);
  const other = { TDP_SYNC_HASH_SALT: `${SALT}, and another` };
  const { code } = await inProcess(w, ['run'], { environment: other });
  expect(code).toBe(0);
  const [row] = await w.sql('SELECT operator FROM kind_v1_root');
  expect(row?.['operator']).toMatch(/^[0-9a-f]{64}$/);
  expect(row?.['operator']).not.toBe(hashed('Jane'));
});

it.each([
  [
    '',
    'columns: { a: hash }',
    /hashSalt: it is missing; the sync "docs" hashes columns; write hashSalt/,
  ],
  ['hashSalt: too short\n', 'columns: { a: hash }', /hashSalt.*fewer than 16 characters/],
  ['', 'columns: { a: { rename: b } }', /syncs\.docs\.columns\.a.*only `tables: auto`/],
  ['', 'columns: { a: hide }', /expected drop, hash, or a name/],
])('%s%s is refused, and what is wrong is said', async (salt, sync, message) => {
  await w.config(`${salt}${configText(sync)}`);
  const { code, err } = await inProcess(w, ['preview']);
  expect(code).toBe(2);
  expect(err.replaceAll('\n', ' ')).toMatch(message);
});

it('a process that is killed leaves none of it in the log that its database is mended from', async () => {
  await config(`checkIds: false\n    ${RULES}\n    tables: auto\n    keepDocument: true`);
  const marks = new Set<string>();
  put(20, marks);
  // So that it is still at work when the first files are committed.
  w.addFiles(3000);
  const cli = w.start(['run'], { TDP_SYNC_HASH_SALT: SALT });
  cli.process.stderr?.on('data', (chunk) => {
    if (String(chunk).includes('batch committed')) cli.process.kill('SIGKILL');
  });
  expect((await cli.result).signal).toBe('SIGKILL');
  expect(await readdir(w.dir)).toContain('lab.duckdb.wal');
  const all = await bytes();
  expect([...marks].filter((mark) => all.includes(hashed(mark))).length).toBeGreaterThan(0);
  expect([...marks].filter((mark) => inBytes(all, mark))).toEqual([]);
});

it('rules that come too late for a file that is gone from TDP say so', async () => {
  const file = (path: string) => w.tdp.lake.put({ ...FILE, path, content: { operator: 'Jane' } });
  file('/stays.json');
  const { fileId } = file('/goes.json');
  await config('checkIds: false\n    tables: auto');
  await run('run');
  w.tdp.lake.delete(fileId);
  for (let sweeps = 0; sweeps < 2; sweeps += 1) await run('sweep');
  await config('checkIds: false\n    tables: auto\n    columns: { operator: drop }');
  expect(await run('run')).toMatch(
    /rows of 1 file were made before what `columns` says now, .* cannot be made anew/,
  );
  expect(await w.sql('SELECT operator FROM kind_v1_root ORDER BY 1')).toEqual([
    { operator: 'Jane' },
    { operator: null },
  ]);
  const page = await readFile(new URL('../../docs/privacy.md', import.meta.url), 'utf8');
  const [, query = ''] = /```sql\n( *SELECT path, [\s\S]*?)```/.exec(page) ?? [];
  const found = await w.sql(query.replace('lab_files', 'docs_files'));
  expect(found).toContainEqual(
    expect.objectContaining({ path: expect.stringMatching(/goes.json$/), status: 'deleted' }),
  );
  const note = /rows of 1 file were made before what `columns` says now/;
  const told = async (...args: readonly string[]): Promise<string> =>
    (await run(...args)).replaceAll(/\s+/g, ' ');
  const counted = async (...args: readonly string[]): Promise<unknown> => {
    const { out } = await inProcess(w, [...args, '--json'], {
      environment: { TDP_SYNC_HASH_SALT: SALT },
    });
    const { results } = JSON.parse(out) as { results: readonly { unredacted?: unknown }[] };
    return results[0]?.unredacted;
  };
  // As long as it is so, by whatever one looks, and after a reset, too, of which the ledger knows nothing any more.
  for (const isReset of [false, true]) {
    if (isReset) await run('reset', 'docs', '--yes');
    const rebuilt = await told('rebuild');
    expect(rebuilt).toMatch(isReset ? /no run has come to its end yet/ : note);
    expect(rebuilt).not.toContain('all rows follow');
    for (const command of ['run', 'status', 'verify']) {
      expect(await told(command)).toMatch(note);
      expect(await counted(command)).toBe(1);
    }
  }
  // What the page says for what must be gone for certain.
  const instance = await DuckDBInstance.create(join(w.dir, 'lab.duckdb'));
  const connection = await instance.connect();
  for (const table of ['kind_v1_root', 'docs_files', 'docs_columns'])
    await connection.run(`DROP TABLE ${table}`);
  connection.closeSync();
  instance.closeSync();
  await run('reset', 'docs', '--yes');
  expect(await counted('run')).toBe(0);
  expect(await w.sql('SELECT operator FROM kind_v1_root')).toEqual([{ operator: null }]);
  expect(await w.sql("SELECT treatment FROM docs_columns WHERE column_name = 'operator'")).toEqual([
    { treatment: 'drop' },
  ]);
  await config('checkIds: false\n    tables: auto');
  expect(await counted('run')).toBeUndefined();
  expect(await told('status')).not.toMatch(note);
});

it('what rules have to do with files that cannot be read is not told: it would bury why', async () => {
  w.tdp.lake.put({ ...FILE, path: '/broken.json', content: '{"operator":' });
  await config('checkIds: false\n    tables: auto\n    columns: { operator: drop, pin: hash }');
  for (const command of ['check', 'preview']) {
    const { out } = await inProcess(w, [command], { environment: { TDP_SYNC_HASH_SALT: SALT } });
    expect(out).toContain('it ends too early');
    expect(out).not.toContain('matches nothing');
  }
});

it('a name that an older column has is told to be taken', async () => {
  const file = (content: object) => w.tdp.lake.put({ ...FILE, path: '/one.json', content });
  file({ a: 'x', b: 'y' });
  const named = (path: string) =>
    config(`checkIds: false\n    tables: auto\n    columns: { ${path}: { rename: title } }`);
  await named('a');
  await run('run');
  await named('b');
  expect(await run('run')).toMatch(
    /renamed +kind_v1_root\.title_[0-9a-f]{6}, since "title" was taken/,
  );
});
