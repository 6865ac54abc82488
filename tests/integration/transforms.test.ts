import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveConfig, serving, until } from './serving.ts';
import { configText, type World, world } from './world.ts';

/** What a transform may do wrong, by a name that a document says, and the reason that its file then has. */
const FAULTS: readonly (readonly [name: string, body: string, reason: RegExp])[] = [
  ['nothing', 'return undefined;', /^it gave undefined in place of an object/],
  ['null', 'return null;', /^it gave null in place of an object/],
  ['number', 'return 7;', /^it gave a number in place of an object/],
  ['list', 'return [{ a: 1 }];', /^it gave an array in place of an object/],
  ['map', 'return new Map([["t", []]]);', /^it gave a Map in place of an object/],
  [
    'object-for-list',
    'return { t: { x: 1 } };',
    /^it gave an object in place of a list of rows for the table "t"$/,
  ],
  [
    'promise-for-list',
    'return { t: Promise.resolve([]) };',
    /^it gave a Promise, which nobody has awaited in place of a list/,
  ],
  [
    'undefined-row',
    'return { t: [undefined] };',
    /^it gave undefined in place of a row of the table "t"$/,
  ],
  ['text-row', 'return { t: ["a"] };', /^it gave a text in place of a row of the table "t"$/],
  ['other-table', 'return { u: [] };', /^it gave rows for "u", which is not in its tables$/],
  [
    'other-column',
    'return { t: [{ z: 1 }] };',
    /^it gave a row with "z", which is no column of the table "t"$/,
  ],
  [
    'unfit',
    'return { t: [{ n: "seven" }] };',
    /^it gave a text for the column "n" of the table "t", which does not fit int64$/,
  ],
  [
    'cyclic',
    'const o = {}; o.o = o; return { t: [{ j: o }] };',
    /^it gave an object that holds itself for the column "j"/,
  ],
  ['bigint', 'return { t: [{ n: 2n ** 70n }] };', /^it gave a BigInt for the column "n"/],
  [
    'date',
    'return { t: [{ at: new Date(NaN) }] };',
    /^it gave an invalid Date for the column "at"/,
  ],
  ['nan', 'return { t: [{ x: 0 / 0 }] };', /^it gave NaN for the column "x"/],
  ['symbol', 'return { t: [{ a: Symbol("s") }] };', /^it gave a symbol for the column "a"/],
  ['function', 'return { t: [{ j: () => 1 }] };', /^it gave a function for the column "j"/],
  [
    'getter',
    'return { t: [{ get a() { throw new Error("got"); } }] };',
    /^it threw Error: got \(odd\.mts:\d+\)$/,
  ],
  [
    'proxy',
    'return new Proxy({}, { ownKeys() { throw new Error("kept"); } });',
    /^it threw Error: kept \(odd\.mts:\d+\)$/,
  ],
  ['throw-text', 'throw "a text";', /^it threw "a text"$/],
  ['throw-null', 'throw null;', /^it threw null$/],
  [
    'throw-getter',
    'throw Object.defineProperty(new Error(), "message", { get() { throw 1; } });',
    /^it threw something that throws when it is looked at$/,
  ],
  [
    'type-error',
    'document.x.y;',
    /^it threw TypeError: Cannot read properties of undefined \(reading 'y'\) \(odd\.mts:\d+\)$/,
  ],
  [
    'stack',
    'return (function deeper() { return deeper(); })();',
    /^it threw RangeError: Maximum call stack size exceeded \(odd\.mts:\d+\)$/,
  ],
  [
    'lost-promise',
    'Promise.reject(new Error("lost")); return {};',
    /^it threw Error: lost \(odd\.mts:\d+\) in work that nobody waited for$/,
  ],
  [
    'late-throw',
    'setTimeout(() => { throw new Error("late"); }); return new Promise(() => {});',
    /^it threw Error: late \(odd\.mts:\d+\) in work that nobody waited for$/,
  ],
  ['exit', 'process.exit(0);', /^it ended its process \(exit code 0\)$/],
  ['kill', 'process.kill(process.pid, "SIGKILL"); for (;;);', /^its process was ended by SIGKILL/],
  ['loop', 'for (;;);', /^it took longer than 2 s$/],
  ['never', 'return new Promise(() => {});', /^it took longer than 2 s$/],
];

const MODULE = `import type { FileHit } from '@tdp-sync/core';
const tables = { t: { a: 'string', n: 'int64', x: 'float64', at: 'timestamp', j: 'json' } } as const;
console.log('{"loaded": "as it seems"}');
function rows(file: FileHit, document: any): unknown {
  console.log('log of ' + document.do + ' \\u001b[2J');
  process.stdout.write('written\\n');
  switch (document.do) {
${FAULTS.map(([name, body]) => `    case '${name}': {\n      ${body}\n    }`).join('\n')}
  }
  return { t: [{ a: document.do, n: 1n, j: { at: new Date(0) } }] };
}
export default { tables, rows };
`;

const GOOD = 12;

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

function put(name: string, what = name): void {
  const indexedAt = Date.now() - 3 * 3_600_000;
  w.tdp.lake.put({
    ...{ path: `/lab/${name}.json`, category: 'IDS', indexedAt, createdAt: indexedAt },
    content: { '@idsType': 'odd', do: what },
  });
}

function putLab(): void {
  for (const [name] of FAULTS) put(name);
  for (let number = 0; number < GOOD; number += 1) put(`good-${number}`);
}

const SYNC = 'transform: ./odd.mts\n    transformTimeout: 2s';

it('whatever a transform does to one file, that file fails and says why, and all others are loaded', async () => {
  putLab();
  // Two files with the same fault have the same reason.
  put('unfit-again', 'unfit');
  await writeFile(join(w.dir, 'odd.mts'), MODULE);
  await w.config(configText(SYNC));
  const { code, stdout, stderr } = await w.cli(['run', '--json']);
  expect(JSON.parse(stdout).results).toMatchObject([
    { sync: 'docs', outcome: 'complete', loaded: GOOD, failed: FAULTS.length + 1 },
  ]);
  expect(stderr).not.toMatch(/UNEXPECTED|did not foresee/);
  expect(code).toBe(6);

  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const printed = lines.filter(({ msg }) => String(msg).startsWith('transform: '));
  expect(new Set(printed.map(({ sync }) => sync))).toEqual(new Set(['docs']));
  const said = printed.map(({ msg }) => msg);
  for (const text of ['{"loaded": "as it seems"}', 'log of good-0 \u001b[2J', 'written'])
    expect(said).toContain(`transform: ${text}`);
  expect(stderr).not.toContain('\u001b');

  const failed = await w.sql(
    `SELECT error, any_value(error_code) AS code, count(*)::INT AS files, min(file_path) AS path
     FROM docs_files WHERE status = 'failed' GROUP BY error`,
  );
  for (const [name, , reason] of FAULTS) {
    const found = failed.find(({ error, path }) => reason.test(String(error)) && path !== null);
    expect(found, name).toMatchObject({ code: 'TRANSFORM_FAILED' });
  }
  expect(failed.find(({ error }) => /which does not fit int64/.test(String(error)))).toBeDefined();
  const total = failed.reduce((sum, { files }) => sum + Number(files), 0);
  expect(total).toBe(FAULTS.length + 1);
  for (const { error } of failed) expect(error).not.toMatch(/\/lab\/|fileId/);
  const unfit = lines.filter(({ msg }) => /row 0/.test(String(msg)) && /"n"/.test(String(msg)));
  expect(unfit.length).toBeGreaterThan(1);

  const rows = await w.sql('SELECT a, n::INT AS n, j FROM t ORDER BY a');
  expect(rows).toHaveLength(GOOD);
  expect(rows[0]).toMatchObject({ a: 'good-0', n: 1, j: '{"at":"1970-01-01T00:00:00.000Z"}' });

  const status = await w.cli(['status']);
  expect(status.stdout).toMatch(
    /2 TRANSFORM_FAILED: it gave a text for the column "n" .* first: \/lab\/unfit/,
  );
});

it('check, preview, retry, rebuild and verify go the same way', async () => {
  for (const name of ['good-1', 'good-2', 'loop']) put(name);
  await writeFile(join(w.dir, 'odd.mts'), MODULE);
  await w.config(configText(SYNC));
  const check = await w.cli(['check', '--json']);
  expect(JSON.stringify(JSON.parse(check.stdout).results)).toMatch(/took longer than 2 s/);
  expect(check.stderr).toMatch(/^docs: transform: written$/m);
  const preview = await w.cli(['preview', '--json']);
  expect(JSON.parse(preview.stdout).results).toMatchObject([
    { files: 3, problems: [expect.stringMatching(/loop\.json .*took longer than 2 s/)] },
  ]);
  expect(preview.code).toBe(6);
  expect((await w.cli(['run'])).code).toBe(6);
  const retry = await w.cli(['retry', '--json']);
  expect(JSON.parse(retry.stdout).results).toMatchObject([{ failed: 1 }]);
  const rebuild = await w.cli(['rebuild', '--all', '--json']);
  expect(JSON.parse(rebuild.stdout).results).toMatchObject([{ loaded: 2, failed: 1 }]);
  const verify = await w.cli(['verify', '--sample', '5', '--json']);
  expect(JSON.parse(verify.stdout).results).toMatchObject([{ sampled: 2 }]);
  expect(verify.stderr).toMatch(/transform: written/);
});

describe('tables that are not in order', () => {
  const run = async (source: string, args = ['run', '--json']) => {
    put('good-1');
    await writeFile(join(w.dir, 'odd.mts'), source);
    await w.config(configText(SYNC));
    return w.cli(args);
  };
  const wrong = `export default { tables: { t: { a: 'text' }, T: { b: 'json' } }, rows: () => ({}), row: 1 };`;

  it.each(['run', 'check', 'preview', 'rebuild', 'verify'])(
    '%s tells all of them and ends with 2',
    async (command) => {
      const { code, stdout, stderr } = await run(wrong, [command, '--json']);
      const said = stdout + stderr;
      expect(said).toMatch(/odd\.mts: table \\*"t\\*", column \\*"a\\*": \\*"text\\*" is no type/);
      expect(said).toMatch(
        /odd\.mts: table \\*"T\\*": databases do not tell it from the table \\*"t/,
      );
      expect(said).toMatch(/odd\.mts: its default export has \\*"row\\*"/);
      expect(code).toBe(2);
    },
  );

  it('check tells them where there is no file yet', async () => {
    await writeFile(join(w.dir, 'odd.mts'), wrong);
    await w.config(configText(SYNC));
    const { code, stdout } = await w.cli(['check']);
    expect(stdout).toMatch(/transform docs\W+failed/);
    expect(stdout).not.toContain(String.raw`\u{a}`);
    expect(code).toBe(2);
  });
});

describe('serve, while a transform never ends', () => {
  it('answers probes, loads the others, and heeds a signal', async () => {
    put('loop');
    await writeFile(join(w.dir, 'odd.mts'), MODULE);
    await w.config(
      serveConfig(
        { docs: 'transform: ./odd.mts, transformTimeout: 1h, every: 1h, sweep: never' },
        'drain: 2s',
      ),
    );
    await using service = await serving(w);
    const said = (text: string): boolean =>
      service.log().some(({ sync, msg }) => sync === 'docs' && String(msg).includes(text));
    await until(async () => said('log of loop'));
    expect(await service.get('/livez')).toMatchObject({ status: 200 });
    expect(await service.get('/readyz')).toMatchObject({ status: 200 });
    expect((await service.sync()).job).toMatchObject({ kind: 'run' });
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(143);
  });

  it('its process ends with the command, however that ends', async () => {
    put('loop');
    const telling = MODULE.replace("'log of '", "'pid ' + process.pid + ' log of '");
    await writeFile(join(w.dir, 'odd.mts'), telling);
    await w.config(configText('transform: ./odd.mts'));
    const { process: child, result } = w.start(['run']);
    let told = '';
    child.stderr?.on('data', (chunk) => {
      told += chunk;
    });
    const pid = await until(async () => /pid (\d+) log of loop/.exec(told)?.[1]);
    child.kill('SIGKILL');
    await result;
    await until(async () => !isAlive(Number(pid)));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
