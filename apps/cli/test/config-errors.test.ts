import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { CliError } from '../src/exit.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tdp-sync-errors-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const SINK = 'sink: { type: duckdb, path: ./lab.duckdb }\n';

/** The lines that are said of a config, without the first. */
async function said(text: string, environment: Record<string, string> = {}): Promise<string[]> {
  const file = join(dir, 'tdp-sync.yaml');
  await writeFile(file, text);
  try {
    await loadConfig(file, { environment });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(CliError);
    return (error as Error).message.split('\n').slice(1);
  }
}

/** Of a sync with this setting. */
const ofSync = (setting: string): Promise<string[]> =>
  said(`${SINK}syncs:\n  lab:\n    ${setting}\n`);

describe('what is wrong is told in one voice, with the line', () => {
  it.each([
    ['evry: 4h', 'there is no such setting; did you mean every?', 'evry: …'],
    ['max_vanished: 1', 'there is no such setting; did you mean maxVanished?', 'max_vanished: …'],
    ['concurrency: 4', 'there is no such setting here; it belongs to source', 'concurrency: …'],
    ['batch: { bytes: 3 }', 'expected a size such as 32MB; this is a number', 'bytes: 3'],
    [
      'lookback: 5',
      'expected a duration such as 90s, 15m, 4h or 1d; this is a number',
      'lookback: 5',
    ],
    ['content: idz', 'expected ids, all or none', 'content: idz'],
    ['maxVanished: 4', 'expected a number from 0 to 1, such as 0.1', 'maxVanished: 4'],
    [
      'keepDocument: 1',
      'expected true or false, such as false; this is a number',
      'keepDocument: 1',
    ],
    [
      'failures: { consecutive: 0 }',
      'expected a whole number, at least 1, such as 10',
      'consecutive: 0',
    ],
    [
      'filter: { term: { a: b } }',
      'expected a list of clauses, such as [ { term: { category: IDS } } ]; this is settings by name',
      'filter: …',
    ],
  ])('%s', async (setting, message, quoted) => {
    const lines = await ofSync(setting);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^ {2}syncs\.lab\.[\w.]+ \(line 4\): /);
    expect(lines[0]?.endsWith(`: ${message}`), lines[0]).toBe(true);
    expect(lines[1]).toBe(`    4 | ${quoted}`);
  });

  it.each([
    ['memory: 512MiB', 'memory (line 2): expected a size such as 1GB'],
    ['memory: 1TB', 'memory (line 2): expected a size such as 1GB'],
    ['memory: 3', 'memory (line 2): expected a size such as 1GB; this is a number'],
    ['memory: 32MB', 'memory (line 2): expected at least 448MB'],
    ['source: { minRate: slow }', 'source.minRate (line 2): expected a size such as 1KB'],
    ['source: { maxFileBytes: x }', 'source.maxFileBytes (line 2): expected a size such as 128MB'],
  ])('%s, with an example that would be taken', async (setting, message) => {
    expect((await said(`${SINK}${setting}\nsyncs: { lab: {} }\n`))[0]).toBe(`  ${message}`);
    const example = /such as (\w+)/.exec(message)?.[1];
    if (example === undefined) return;
    const taken = setting.replace(/(\w+: )\w+(?= ?}?$)/, `$1${example}`);
    expect(await said(`${SINK}${taken}\nsyncs: { lab: {} }\n`)).toEqual([]);
  });

  it('no text of the validator is left, of a sink neither', async () => {
    const lines = await said(`source: { url: 5, concurrency: many, auth: 3, storageHosts: x }
sink: { type: duckdb, pth: 1, threads: 1000, rowGroupSize: 5000 }
syncs: { lab: { tables: 4, filter: 1, deletes: true, since: 3 }, other: }
serve: { patience: x, hosts: 3 }
`);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.join('\n')).not.toMatch(/Invalid |Too (big|small)|Unrecognized|received/);
    expect(lines.join('\n')).toMatch(/sink\.threads .*expected a whole number from 1 to 256/);
    expect(lines.join('\n')).toMatch(/sink\.rowGroupSize .*expected a multiple of 2048/);
  });

  it('looks into the way of a choice that was meant', async () => {
    expect(await ofSync('tables: { t: { colums: { a: b } } }')).toEqual([
      '  syncs.lab.tables.t.colums (line 4): there is no such setting; did you mean columns?',
      '    4 | colums: …',
    ]);
  });
});

describe('one error per cause', () => {
  it('two syncs that no database can tell apart are one mistake, not one for each table', async () => {
    expect(await said(`${SINK}syncs:\n  lab: {}\n  LAB: {}\n`)).toEqual([
      expect.stringMatching(
        /^ {2}syncs\.LAB \(line 4\): its name differs from "lab" by capitals only/,
      ),
      '    4 | LAB: …',
    ]);
    expect(await said(`${SINK}syncs:\n  a: { storedAs: lab }\n  lab: { tables: auto }\n`)).toEqual([
      expect.stringMatching(/^ {2}syncs\.lab .*the same as "a" \(storedAs\)/),
      '    4 | lab: …',
    ]);
  });

  it('a placeholder of a token is not too short besides', async () => {
    const ofToken = (token: string): Promise<string[]> =>
      said(`${SINK}serve: { controlToken: ${token} }\nsyncs: { lab: {} }\n`);
    expect((await ofToken('change-me'))[0]).toMatch(/this is a placeholder that everybody knows/);
    expect(await ofToken('change-me')).toHaveLength(2);
    expect((await ofToken('abc0123456'))[0]).toMatch(/fewer than 16 characters/);
  });

  it('what a sink calls missing is not called so twice', async () => {
    const lines = await said('sink: { type: postgres }\nsyncs: { lab: {} }\n');
    expect(lines[0]).toMatch(/: it is missing: or give url$/);
    expect(lines.join('\n')).not.toContain('; is missing');
  });

  it('a variable that is not set is no wrong value besides', async () => {
    const lines = await said(
      `source: { url: '\${URL}', auth: { token: '\${TOKEN}', org: x } }\n${SINK}syncs: { lab: {} }\n`,
    );
    expect(lines.filter((line) => line.startsWith('  source'))).toEqual([
      expect.stringMatching(/^ {2}source\.url .* URL is not set/),
      expect.stringMatching(/^ {2}source\.auth\.token .* TOKEN is not set/),
    ]);
    expect(lines).toHaveLength(4);
  });

  it('a setting under a wrong name is not missing besides', async () => {
    const lines = await said('sink: { type: duckdb, pth: ./x }\nsync: { lab: {} }\n');
    expect(lines).toEqual([
      '  sink.pth (line 1): there is no such setting; did you mean path?',
      '    1 | pth: …',
      '  sync (line 2): there is no such setting; did you mean syncs?',
      '    2 | sync: …',
    ]);
  });

  it('what is missing is called so', async () => {
    expect(await said('sink: { type: duckdb }\nsyncs: { lab: {} }\n')).toEqual([
      '  sink.path (line 1): it is missing; expected a text',
      '    1 | sink: …',
    ]);
  });
});

it('quotes nothing that may be a secret', async () => {
  const lines = await said(`source: { auth: { tokn: hunter2-hunter2, org: x } }
sink: { type: duckdb, path: 'postgres://me:hunter2@lab:x/y', pw: hunter2 }
syncs: { lab: {} }
`);
  expect(lines.join('\n')).toContain('//…@lab');
  expect(lines.join('\n')).not.toContain('hunter2');
});

describe('a sink that is not there', () => {
  it('is never to be installed by a name that somebody may own', async () => {
    const [line] = await said('sink: { type: duckbd, path: x }\nsyncs: { lab: {} }\n');
    expect(line).toMatch(
      /There is no sink "duckbd"; did you mean duckdb\? Official: .*duckdb.*\. One of your own: its path/,
    );
    expect(line).not.toContain('npm install');
    const [other] = await said('sink: { type: my-sink, path: x }\nsyncs: { lab: {} }\n');
    expect(other).toMatch(/There is no sink "my-sink"\. Official: /);
  });
});
