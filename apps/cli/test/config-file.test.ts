import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load.ts';
import { CliError } from '../src/exit.ts';
import { Redactor } from '../src/secrets.ts';
import { readAuth } from '../src/sync/credentials.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tdp-sync-config-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const GOOD = 'sink: { type: duckdb, path: ./lab.duckdb }\nsyncs: { docs: {} }\n';

/** What is said of a file with this content. */
async function said(content: string | Uint8Array): Promise<string> {
  const file = join(dir, 'tdp-sync.yaml');
  await writeFile(file, content);
  return refusal(file);
}

async function refusal(file: string): Promise<string> {
  try {
    await loadConfig(file, { environment: {} });
    return 'nothing';
  } catch (error) {
    // Anything else would be exit code 1, and "not foreseen".
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message.replaceAll(dir, '');
  }
}

/** Aliases of aliases: a few lines that stand for as many values as `width` to the power of `levels`. */
function bomb(levels: number, width: number): string {
  const lines = Array.from({ length: levels }, (_, level) => {
    const items = Array.from({ length: width }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
    return `a${level}: &a${level} [${items.join(', ')}]`;
  });
  return `${lines.join('\n')}\n${GOOD}`;
}

describe('a config that would never end, or fill the memory', () => {
  it.each([
    [
      'a list within itself',
      `a: &a [*a]\n${GOOD}`,
      /line 1: this alias \(\*name\) stands within what it names/,
    ],
    ['a map within itself', `a: &a { b: { c: *a } }\n${GOOD}`, /stands within what it names/],
    ['a merge key within itself', `a: &a { <<: *a, b: 1 }\n${GOOD}`, /stands within what it names/],
    [
      'a merge list within itself',
      `a: &a { <<: [*a, *a] }\n${GOOD}`,
      /stands within what it names/,
    ],
    ['the whole within itself', `&a\nb: *a\n${GOOD}`, /line 2: .*stands within/],
    ['a billion laughs', bomb(9, 10), /line \d: its aliases \(\*name\) stand for more values/],
    ['two to the hundred', bomb(100, 2), /its aliases \(\*name\) stand for more values/],
    [
      'merge keys of merge keys',
      bomb(20, 4).replaceAll('[', '{ <<: [').replaceAll(']', '] }'),
      /line 1: merge keys \(<<\) are not supported/,
    ],
    [
      'aliases in a filter',
      `x: &x [${'1, '.repeat(999)}]\ny: [${'*x, '.repeat(99)}]\n${GOOD}`,
      /stand for more/,
    ],
    [
      'lists in lists',
      `a: ${'['.repeat(30_000)}${']'.repeat(30_000)}\n`,
      /line 1: it is nested too deeply/,
    ],
    [
      'lists in lists, not quite as many',
      `a: ${'['.repeat(150)}${']'.repeat(150)}\n`,
      /nested too deeply/,
    ],
    ['maps in maps', `a: ${'{ a: '.repeat(30_000)}1${'}'.repeat(30_000)}\n`, /nested too deeply/],
    ['many values', `a: [${'1,'.repeat(60_000)}]\n${GOOD}`, /it has more values than any config/],
    ['a long text', `a: "${'x'.repeat(1_100_000)}"\n${GOOD}`, /more than 1 MB/],
  ])('%s', async (_what, text, why) => expect(await said(text)).toMatch(why));

  it('is not one that names the same thing five hundred times', async () => {
    const syncs = Array.from({ length: 500 }, (_, at) => `  s${at}: { filter: *f }`);
    const first = '  s: { filter: &f [ { term: { category: IDS } } ] }';
    const text = `sink: { type: duckdb, path: ./x }\nsyncs:\n${[first, ...syncs].join('\n')}\n`;
    expect(await said(text)).toBe('nothing');
  });

  it('means by an alias the last such anchor before it', async () => {
    const text = `sink: { type: duckdb, path: ./x }\nsyncs: { a: { lookback: &d 1h }, b: { lookback: &d 2h }, c: { lookback: *d } }\n`;
    await writeFile(join(dir, 'two.yaml'), text);
    const { config } = await loadConfig(join(dir, 'two.yaml'), { environment: {} });
    expect(config.syncs['c']?.lookback).toBe(7_200_000);
  });
});

it('a key that is called like a merge key, in quotes, is a key', async () => {
  const filter = 'syncs: { docs: { filter: [ { "<<": { term: { a: b } } } ] } }';
  expect(await said(GOOD.replace('syncs: { docs: {} }', filter))).toBe('nothing');
});

describe('a file that is no config', () => {
  it.each([
    ['nothing', '', /is empty\. "tdp-sync init" writes a config/],
    ['comments', '# to come\n', /is empty/],
    ['a text', 'hello\n', /is a text, and a config has settings by name/],
    ['a list', '- sink\n', /is a list/],
    [
      'a merge key',
      `${GOOD.replace('{}', '{ <<: { content: none } }')}`,
      /line 2: merge keys \(<<\) are not supported; write the settings out, or give a whole value by an alias/,
    ],
    [
      'a merge key within a filter',
      'sink: { type: duckdb, path: ./x }\nsyncs:\n  a: { filter: [ &t { term: { a: b } } ] }\n  b: { filter: [ { <<: *t } ] }\n',
      /line 4: merge keys/,
    ],
    ['a key twice', `${GOOD}sink: {}\n`, /line 3: the key "sink" is there already/],
    [
      'a number of too many digits',
      `${GOOD}# \nextra: [9007199254740991, 12345678901234567890]\n`,
      /line 4: a number with more digits than can be kept; write it in quotes/,
    ],
    ['two documents', `${GOOD}---\n${GOOD}`, /line 3: here a second document begins/],
    ['an alias of nothing', `${GOOD}a: *b\n`, /line 3: .*names nothing, there is no such anchor/],
    ['an alias before its anchor', `a: *b\nc: &b 1\n${GOOD}`, /line 1: .*names nothing/],
    ['a map as a key', `${GOOD}? { a: 1 }\n: 2\n`, /line 3: a key has to be a plain text/],
    ['a control character', `${GOOD}# \0\n`, /line 3 has a control character/],
    [
      'binary',
      Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256),
      /line \d+ (is no text in UTF-8|has a control)/,
    ],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), /no text in UTF-8/],
    [
      'Latin-1',
      Buffer.from(`${GOOD}# Prüfung\n`, 'latin1'),
      /line 3 is no text in UTF-8; save the file as UTF-8/,
    ],
    [
      'UTF-16 without its mark',
      Buffer.from(GOOD, 'utf16le'),
      /seems to be in UTF-16 without a byte order mark/,
    ],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /is in UTF-32; save it as UTF-8/],
    ['broken UTF-16', Buffer.from([0xff, 0xfe, 0x61, 0, 0x00, 0xd8, 0x61]), /no text in UTF-8/],
  ])('%s', async (_what, content, why) => expect(await said(content)).toMatch(why));

  it('a folder, and a file that is not there', async () => {
    expect(await refusal(dir)).toMatch(/^Cannot read the config file : it is a folder\. /);
    expect(await refusal(join(dir, 'none.yaml'))).toMatch(
      /none\.yaml: there is no such file\. .*init/,
    );
  });

  it('a path with an asterisk that is not in quotes', async () => {
    const message = await said('syncs:\n  lab:\n    columns:\n      *.operator*: hash\n');
    expect(message).toMatch(
      /line 4: what begins with \* stands in quotes, such as "\*\.operator\*"$/,
    );
  });

  it('says at most so many lines, and quotes nothing that may be a secret', async () => {
    const text = `sink: { password: "my-secret" x }\n${'a: b: c\n'.repeat(50)}`;
    const message = await said(text);
    expect(message).toMatch(/is not valid YAML:\n {2}line 1: /);
    expect(message).toMatch(/\n {2}and \d+ more$/);
    expect(message.split('\n').length).toBeLessThan(8);
    for (const broken of [
      'a: [ "my-secret" }',
      'a: {}\n}my-secret',
      'password: |my-secret',
      'password: >my-secret',
      'password: !my-secret',
      'password: *my-secret',
      'password: @my-secret',
      'password: "my-secret',
    ]) {
      const about = await said(`${broken}\n${GOOD}`);
      expect(about).toMatch(/line \d/);
      expect(about).not.toContain('secret');
    }
  });
});

/** Big-endian, as Buffer cannot write it. */
function utf16be(text: string): Buffer {
  return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
}

describe('byte order marks', () => {
  it.each([
    ['UTF-8', Buffer.from(`\ufeff${GOOD}`)],
    ['UTF-16, little end first', Buffer.from(`\ufeff${GOOD}`, 'utf16le')],
    ['UTF-16, big end first', utf16be(GOOD)],
  ])('a config in %s is read', async (_what, bytes) => expect(await said(bytes)).toBe('nothing'));

  it('so are an auth file and an .env', async () => {
    const auth = JSON.stringify({ auth_token: 'a-token', org: 'lab' });
    for (const bytes of [Buffer.from(`\ufeff${auth}`), Buffer.from(`\ufeff${auth}`, 'utf16le')]) {
      await writeFile(join(dir, 'auth.json'), bytes);
      const config = { source: { auth: './auth.json' } };
      const loaded = { config, baseDir: dir, environment: {}, redactor: new Redactor() };
      const { credentials } = await readAuth(loaded as never);
      expect(await credentials()).toEqual({ token: 'a-token', org: 'lab' });
    }
    await writeFile(join(dir, '.env'), Buffer.from('\ufeffNAME=value\r\n', 'utf16le'));
    expect(await readEnvironment(dir, { OTHER: 'x' })).toEqual({ NAME: 'value', OTHER: 'x' });
  });
});

describe('.env', () => {
  it('may be missing, or a folder; what cannot be read is told', async () => {
    const empty = await mkdtemp(join(dir, 'env-'));
    expect(await readEnvironment(empty, { A: 'b' })).toEqual({ A: 'b' });
    await mkdir(join(empty, '.env'));
    expect(await readEnvironment(empty, { A: 'b' })).toEqual({ A: 'b' });
    await rm(join(empty, '.env'), { recursive: true });
    await writeFile(join(empty, '.env'), Uint8Array.of(0x41, 0x3d, 0xff));
    await expect(readEnvironment(empty, {})).rejects.toThrow(
      /Cannot read .*\.env: line 1 is no text/,
    );
  });
});

it('an auth file that is none is told apart from one that is not there', async () => {
  const config = { source: { auth: './none.json' } };
  const loaded = { config, baseDir: dir, environment: {}, redactor: new Redactor() };
  await expect(readAuth(loaded as never)).rejects.toThrow(
    /none\.json cannot be read: there is no such file/,
  );
  await writeFile(join(dir, 'none.json'), '{"auth_token": "my-secret"');
  await expect(readAuth(loaded as never)).rejects.toThrow(/none\.json is not what TDP gives/);
});
