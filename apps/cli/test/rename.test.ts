import {
  chmod,
  chown,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rename } from '../src/commands/rename.ts';
import { openConsole } from '../src/console.ts';
import { CliError } from '../src/exit.ts';
import { ChangedMeanwhile, replaceFile } from '../src/replace-file.ts';
import { Redactor } from '../src/secrets.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tdp-sync-rename-'));
  file = join(dir, 'tdp-sync.yaml');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Renames, and gives what is said about it. */
async function renamed(sync: string, to: string): Promise<string> {
  let said = '';
  const stream = { write: (text: string) => (said += text) } as never;
  const parts = { isTerminal: false, environment: {}, redactor: new Redactor() };
  const console = openConsole({ ...parts, out: stream, err: stream });
  try {
    await rename({ config: file, sync, to }, console);
    return said;
  } catch (error) {
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
}

const SINK = 'sink: { type: duckdb, path: ./lab.duckdb }\n';
const CONFIG = `${SINK}syncs:\n  lab:\n    tables: auto\n`;

describe('what a config is written in stays', () => {
  const utf16 = Buffer.from(`\ufeff${CONFIG}`, 'utf16le');
  it.each([
    ['UTF-8', Buffer.from(CONFIG)],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${CONFIG}`)],
    ['UTF-16', utf16],
    ['UTF-16 the other way round', Buffer.from(utf16).swap16()],
    ['lines of Windows', Buffer.from(CONFIG.replaceAll('\n', '\r\n'))],
    [
      'JSON',
      Buffer.from('{"sink":{"type":"duckdb","path":"a"},"syncs":{"lab":{"tables":"auto"}}}'),
    ],
    ['one line', Buffer.from(`${SINK}syncs: { lab: {} }`)],
  ])('%s', async (_how, bytes) => {
    await writeFile(file, bytes);
    expect(await renamed('lab', 'bench')).toMatch(/"lab" is called "bench" now/);
    const there = await readFile(file);
    expect(there.equals(bytes)).toBe(false);
    expect(there.subarray(0, 2)).toEqual(bytes.subarray(0, 2));
    expect(await renamed('bench', 'lab')).toMatch(/"bench" is called "lab" now/);
    expect((await readFile(file)).equals(bytes)).toBe(true);
    expect(await readdir(dir)).toEqual(['tdp-sync.yaml']);
  });
});

describe('a file that has been changed meanwhile', () => {
  it('while the config is checked is left as it is, and the command says so', async () => {
    await writeFile(
      join(dir, 'edits.mjs'),
      `import { writeFileSync } from 'node:fs';
      export default { name: 'edits', contract: 1, open: () => undefined, config: { '~standard': { validate: (value) => {
        writeFileSync(value.file, value.text);
        return { value };
      } } } }`,
    );
    const config = (edit: string, name: string): string =>
      `sink: { type: ./edits.mjs, file: ${JSON.stringify(file)}, text: ${JSON.stringify(edit)} }\nsyncs: { ${name}: {} }\n`;
    for (const edit of [config('', 'other'), `${CONFIG}# edited\n`]) {
      await writeFile(file, config(edit, 'lab'));
      expect(await renamed('lab', 'bench')).toMatch(/has been changed meanwhile.*run this again/);
      expect(await readFile(file, 'utf8')).toBe(edit);
    }
  });

  const [one, two, three] = ['one', 'two', 'three'].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ];

  it('at the last moment is not replaced', async () => {
    await writeFile(file, two);
    await expect(replaceFile(file, three, one)).rejects.toThrow(ChangedMeanwhile);
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(dir)).toEqual(['tdp-sync.yaml']);
  });

  // Links want a right of their own on Windows.
  it.skipIf(process.platform === 'win32')('may be behind a link', async () => {
    const link = join(dir, 'link.yaml');
    await writeFile(file, two);
    await symlink(file, link);
    await expect(replaceFile(link, three, one)).rejects.toThrow(ChangedMeanwhile);
    expect(await readFile(file, 'utf8')).toBe('two');
    await replaceFile(link, three, two);
    expect(await readFile(file, 'utf8')).toBe('three');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')('who may read and write a file', () => {
  const [one, two] = [Buffer.from('one'), Buffer.from('two')] as const;

  it('stays as it was, whatever new files get', async () => {
    await writeFile(file, one);
    await chmod(file, 0o666);
    await replaceFile(file, two, one);
    expect((await stat(file)).mode & 0o777).toBe(0o666);
  });

  it.skipIf(process.getuid?.() !== 0)('stays whose it was, when root replaces it', async () => {
    await writeFile(file, one);
    await chown(file, 4711, 4712);
    await replaceFile(file, two, one);
    expect(await stat(file)).toMatchObject({ uid: 4711, gid: 4712 });
  });
});

it('nobody gets a name by which the database knows another', async () => {
  const text = `${SINK}syncs:\n  chrom: { storedAs: empower }\n  other: { content: none }\n`;
  await writeFile(file, text);
  expect(await renamed('other', 'empower')).toMatch(
    /The tables called "empower" are those of "chrom" \(storedAs\)/,
  );
  expect(await readFile(file, 'utf8')).toBe(text);
});

describe('a sync whose settings are those of another', () => {
  it.each([
    ['as an alias', 'syncs:\n  other: &c { content: none }\n  lab: *c\n'],
    ['as an anchor', 'syncs:\n  lab: &c\n    content: none\n  other: *c\n'],
  ])('%s is refused with what to do', async (_how, syncs) => {
    await writeFile(file, SINK + syncs);
    expect(await renamed('lab', 'bench')).toMatch(
      /shares its settings by an anchor.*Write them out for each sync first/,
    );
    expect(await readFile(file, 'utf8')).toBe(SINK + syncs);
  });

  it('is renamed where nobody else has them', async () => {
    await writeFile(file, `${SINK}syncs:\n  lab: &c\n    content: none\n`);
    expect(await renamed('lab', 'NULL')).toMatch(/called "NULL" now/);
    expect(await readFile(file, 'utf8')).toBe(
      `${SINK}syncs:\n  "NULL": &c\n    storedAs: lab\n    content: none\n`,
    );
  });
});

it('a setting with a comment stays when the name is what it says', async () => {
  const config = (name: string): string =>
    `${SINK}syncs:\n  ${name}:\n    storedAs: lab # as before\n    tables: auto\n`;
  await writeFile(file, config('bench'));
  expect(await renamed('bench', 'lab')).toMatch(/"bench" is called "lab" now/);
  expect(await readFile(file, 'utf8')).toBe(config('lab'));
});

it('what cannot be changed here is told as it is to be written', async () => {
  await writeFile(file, `${SINK}syncs:\n  "true":\n    ? content\n    : none\n`);
  expect(await renamed('true', 'No')).toMatch(
    /cannot change\. In .*, call "true" "No" and give it the setting "storedAs: "true""/,
  );
});
