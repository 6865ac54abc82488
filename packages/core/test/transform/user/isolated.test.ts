import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TransformModuleError } from '../../../src/transform/user/module.ts';
import { TestClock } from '../../test-clock.ts';
import { extract, failure, fileOf, Modules } from './modules.ts';

let modules: Modules;
beforeEach(() => {
  modules = new Modules();
});
afterEach(async () => {
  await modules[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

/** The texts in the column `a` of the table `t`. */
async function texts(work: ReturnType<typeof extract>): Promise<readonly unknown[]> {
  const { tables } = await work;
  return tables.flatMap(({ name, rows }) => (name === 't' ? [...rows] : [])).map(([a]) => a);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

describe('a module in a process of its own', () => {
  it('makes rows of many files in the order in which they were asked for, and keeps documents', async () => {
    const transform = await modules.body(
      'return { t: [{ a: document.a, n: 7n, j: [file.fileId] }] };',
      {
        keepDocument: 'docs',
      },
    );
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, at) => extract(transform, { a: `text ${at}` }, at)),
    );
    for (const [at, { tables }] of made.entries()) {
      expect(tables.map(({ name }) => name)).toEqual(['docs', 't']);
      expect([...(tables[0]?.rows ?? [])]).toEqual([[`{"a":"text ${at}"}`]]);
      const row = [`text ${at}`, 7n, null, null, null, `["file-${at}"]`];
      expect([...(tables[1]?.rows ?? [])]).toEqual([row]);
    }
    expect(transform.declared.map(({ name }) => name)).toEqual(['docs', 't']);
  });

  it.each([
    [
      'TypeScript',
      'lab.mts',
      'export default { tables: { t: { a: "string" } }, rows: (f: any) => ({ t: [{ a: "ts" as string }] }) };',
    ],
    [
      'CommonJS',
      'lab.cjs',
      'module.exports = { tables: { t: { a: "string" } }, rows: () => ({ t: [{ a: require("node:path").basename(__filename) }] }) };',
    ],
  ])('is %s', async (_name, name, source) => {
    const transform = await modules.open(source, { name });
    expect(await texts(extract(transform, {}))).toHaveLength(1);
  });

  it('is the text that was read, with what stands beside its file', async () => {
    await modules.write('beside.mjs', 'export const word = "beside";');
    const source = `import { word } from './beside.mjs';
export default { tables: { t: { a: 'string' } }, rows: (file, { exit }) => { if (exit) process.exit(); return { t: [{ a: word }] }; } };`;
    const transform = await modules.open(source);
    await modules.write('lab.mts', 'export default "another one by now";');
    expect((await failure(extract(transform, { exit: true }))).reason).toMatch(/exit code 0/);
    expect(await texts(extract(transform, {}))).toEqual(['beside']);
  });

  it('tells what is thrown, with its line', async () => {
    const transform = await modules.body('\ndocument.samples.map();');
    const { code, reason, message } = await failure(extract(transform, {}));
    expect(code).toBe('TRANSFORM_FAILED');
    const told =
      "it threw TypeError: Cannot read properties of undefined (reading 'map') (lab.mts:4)";
    expect(reason).toBe(told);
    expect(message).toContain(`failed on /file-1.json (fileId file-1): ${told}. Its earlier rows`);
  });

  it('tells of a long exception only its beginning, without secrets', async () => {
    const transform = await modules.body(
      'throw new Error(`${"x".repeat(480)}secret${"y".repeat(1e6)}`);',
      {
        redact: (text) => text.replaceAll('secret', '[redacted]'),
      },
    );
    const { reason, message } = await failure(extract(transform, {}));
    expect(reason).toMatch(/x\[red\w*…$/);
    expect(message.length).toBeLessThan(1000);
  });

  it('content that is no JSON is DOCUMENT_INVALID', async () => {
    const transform = await modules.body('return {};');
    const signal = new AbortController().signal;
    const { code, message, reason, where } = await failure(
      transform.extract(fileOf(1), Buffer.from('[1,]'), signal),
    );
    expect(code).toBe('DOCUMENT_INVALID');
    expect(reason).toMatch(/\/file-1\.json.*: a comma stands before a closing bracket\.$/);
    expect(where).toBe('At byte 2, line 1: ",".');
    expect(message).toBe(`${reason} ${where}`);
  });
});

describe('a module that cannot be used', () => {
  it.each<[string, string, RegExp]>([
    ['no transform', 'export default 7;', /^it has no default export with tables and rows/],
    [
      'a wrong type',
      'export default { tables: { t: { a: "text" } }, rows() {} };',
      /^table "t", column "a": "text" is no type/,
    ],
    [
      'a mistake in it',
      'export default {\n  tables: {,\n};',
      /^it cannot be loaded: SyntaxError: .*\(lab\.mts:2\)$/s,
    ],
    [
      'what it needs missing',
      'import "./missing.mjs"; export default {};',
      /^it cannot be loaded: Error: Cannot find module .*missing\.mjs/,
    ],
    ['an exception', '\nthrow new Error("no");', /^it cannot be loaded: Error: no \(lab\.mts:2\)$/],
    ['an exit', 'process.exit(3);', /^it ended its process \(exit code 3\)$/],
    [
      'tables that throw',
      'export default { rows() {}, get tables() { throw new Error("no"); } };',
      /^it cannot be loaded: Error: no \(lab\.mts:1\)$/,
    ],
  ])('for %s', async (_name, source, issue) => {
    const error: unknown = await failure(modules.open(source));
    expect(error).toBeInstanceOf(TransformModuleError);
    expect((error as TransformModuleError).issues).toEqual([expect.stringMatching(issue)]);
  });

  it('since it never ends', async () => {
    const clock = new TestClock();
    const opening = failure(modules.open('while (true);', { clock, timeoutMs: 60_000 }));
    await until(() => clock.sleeping > 0);
    clock.pass(60_000);
    expect((await opening).message).toBe('to be loaded it took longer than 60 s');
  });

  it('any more, once it had to be loaded anew', async () => {
    await modules.write('beside.mjs', 'export const type = "string";');
    const source = `import { type } from './beside.mjs';
export default { tables: { t: { a: type } }, rows: () => process.exit() };`;
    const transform = await modules.open(source);
    await modules.write('beside.mjs', 'export const type = "json";');
    const [first, second] = [extract(transform, {}, 1), extract(transform, {}, 2)].map(failure);
    expect((await first)?.reason).toBe('it ended its process (exit code 0)');
    expect((await second)?.reason).toBe('it has other tables than when it was loaded first');
  });
});

describe('a file that its process does not survive', () => {
  /** Bodies that do what the document says, and else give a row. */
  const body = 'if (document.do) new Function(document.do)(); return { t: [{ a: file.fileId }] };';

  it.each<[string, string, RegExp]>([
    ['an exit', 'process.exit(5)', /^it ended its process \(exit code 5\)$/],
    [
      'an end by a signal',
      'process.kill(process.pid, "SIGKILL"); for (;;);',
      /^its process was ended by SIGKILL/,
    ],
    ['a channel that is closed', 'process.disconnect();', /^it ended its process \(exit code 0\)$/],
  ])('by %s fails, the others go on', async (_name, work, reason) => {
    const transform = await modules.body(body);
    const before = extract(transform, {}, 1);
    const bad = failure(extract(transform, { do: work }, 2));
    const after = [3, 4, 5].map((number) => texts(extract(transform, {}, number)));
    expect(await texts(before)).toEqual(['file-1']);
    const { code, reason: found } = await bad;
    expect(code).toBe('TRANSFORM_FAILED');
    expect(found).toMatch(reason);
    expect(await Promise.all(after)).toEqual([['file-3'], ['file-4'], ['file-5']]);
  });

  it('fails, and not the one before it, however much is on its way of that', async () => {
    const transform = await modules.body(
      'if (document.exit) process.exit(5); return { t: [{ a: "x".repeat(8e6) }] };',
    );
    const before = texts(extract(transform, {}));
    const bad = failure(extract(transform, { exit: true }));
    expect(await before).toEqual(['x'.repeat(8e6)]);
    expect((await bad).reason).toBe('it ended its process (exit code 5)');
  });

  it('since memory is full fails, the others go on', async () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=32');
    const transform = await modules.body(body);
    // A thread would end the process that has started it.
    const full = 'const o = {}; for (let i = 0; ; i++) o["k" + i] = { i };';
    const bad = failure(extract(transform, { do: full }, 1));
    const good = texts(extract(transform, {}, 2));
    expect((await bad).reason).toBe(
      'its process was ended by SIGABRT: most likely it had no more memory',
    );
    expect(await good).toEqual(['file-2']);
    expect(modules.printed.join('\n')).toMatch(/heap out of memory/);
  });

  it.each([
    ['a loop', 'for (;;);'],
    ['a regular expression', '/^(a+)+$/.test("a".repeat(60) + "b");'],
    [
      'a child process',
      'process.getBuiltinModule("node:child_process").spawnSync("sleep", ["1000"]);',
    ],
  ])('within its time, by %s, fails, the others go on', async (_name, work) => {
    const clock = new TestClock();
    const transform = await modules.body(`console.log(file.fileId); ${body}`, {
      clock,
      timeoutMs: 1500,
    });
    const bad = failure(extract(transform, { do: work }, 1));
    const good = texts(extract(transform, {}, 2));
    await until(() => modules.printed.includes('file-1'));
    clock.pass(1499);
    await turn();
    clock.pass(1);
    const { code, reason } = await bad;
    expect(code).toBe('TRANSFORM_FAILED');
    expect(reason).toBe('it took longer than 1.5 s');
    expect(await good).toEqual(['file-2']);
  });

  it('for a promise that is never kept fails as well', async () => {
    const clock = new TestClock();
    const transform = await modules.body('console.log("waits"); return new Promise(() => {});', {
      clock,
    });
    const bad = failure(extract(transform, {}));
    await until(() => modules.printed.includes('waits'));
    clock.pass(30_000);
    expect((await bad).reason).toBe('it took longer than 30 s');
  });

  it('that nobody wants any more is not waited for', async () => {
    const transform = await modules.body(`console.log(file.fileId); ${body}`);
    const stop = new AbortController();
    const unwanted = [1, 2, 3, 4].map((number) =>
      failure(extract(transform, { do: 'for (;;);' }, number, stop.signal)),
    );
    const good = texts(extract(transform, {}, 5));
    await until(() => modules.printed.includes('file-1'));
    const reason = new Error('not needed');
    stop.abort(reason);
    expect(await Promise.all(unwanted)).toEqual([reason, reason, reason, reason]);
    expect(await good).toEqual(['file-5']);
    await expect(extract(transform, {}, 6, stop.signal)).rejects.toBe(reason);
  });
});

describe('what is thrown while nobody waits for it', () => {
  it.each([
    ['a promise that nobody awaits', 'Promise.reject(new Error("lost")); return {};'],
    [
      'a function that nobody awaits',
      '(async () => { await null; throw new Error("lost"); })(); return {};',
    ],
    ['a timer', 'setTimeout(() => { throw new Error("lost"); }); return new Promise(() => {});'],
  ])('by %s is the failure of its file', async (_name, body) => {
    const transform = await modules.body(
      `if (document.bad) { ${body} }\nreturn { t: [{ a: 'good' }] };`,
    );
    const bad = failure(extract(transform, { bad: true }));
    const good = texts(extract(transform, {}));
    expect((await bad).reason).toBe(
      'it threw Error: lost (lab.mts:3) in work that nobody waited for',
    );
    expect(await good).toEqual(['good']);
  });

  it('is told when no file is under way', async () => {
    const transform = await modules.body(
      'process.once("late", () => { throw new Error("lost"); }); setTimeout(() => process.emit("late"), 20); return {};',
    );
    await extract(transform, {});
    await until(() => modules.printed.length > 0);
    expect(modules.printed).toEqual([
      'it threw Error: lost (lab.mts:3) in work that nobody waited for',
    ]);
    expect(await texts(extract(transform, {}))).toEqual([]);
  });

  it('an exit when no file is under way is told as well', async () => {
    const transform = await modules.body('setTimeout(() => process.exit(4), 20); return {};');
    await extract(transform, {});
    await until(() => modules.printed.length > 0);
    expect(modules.printed).toEqual(['it ended its process (exit code 4)']);
  });
});

describe('what it prints', () => {
  it('comes line by line, wherever it writes to', async () => {
    const transform =
      await modules.body(`console.log('a log'); console.error('an error\\nin two lines');
process.stdout.write('half '); process.stdout.write('and half\\n');
process.getBuiltinModule('node:fs').writeSync(1, 'past everything\\n');
process.stdout.write('without an end'); return {};`);
    await extract(transform, {});
    await modules[Symbol.asyncDispose]();
    expect(modules.printed.toSorted()).toEqual([
      ...['a log', 'an error', 'half and half', 'in two lines'],
      ...['past everything', 'without an end'],
    ]);
  });
});

describe('the process', () => {
  it('ends after a while without work, and comes again with work', async () => {
    const clock = new TestClock();
    const transform = await modules.body('return { t: [{ a: String(process.pid) }] };', { clock });
    const [first] = await texts(extract(transform, {}));
    expect(await texts(extract(transform, {}))).toEqual([first]);
    clock.pass(10_000);
    await until(() => !isAlive(Number(first)));
    const [second] = await texts(extract(transform, {}));
    expect(second).not.toBe(first);
  });

  it('ends with its transform, whatever it is doing', async () => {
    const transform = await modules.body('console.log(process.pid); for (;;);');
    const closed = failure(extract(transform, {}));
    await until(() => modules.printed.length > 0);
    await modules[Symbol.asyncDispose]();
    expect((await closed).message).toBe('The transform was closed');
    const [pid] = modules.printed;
    await until(() => !isAlive(Number(pid)));
  });

  it('heeds no signal that is sent to all', async () => {
    const transform = await modules.body(
      'for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.kill(process.pid, name); return new Promise((done) => setTimeout(done, 20, { t: [{ a: "alive" }] }));',
    );
    expect(await texts(extract(transform, {}))).toEqual(['alive']);
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
