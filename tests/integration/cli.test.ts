import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** One clear message: the code, the words that tell what to do, and no stack trace. */
function expectMessage(
  result: CliResult,
  code: number,
  ...words: readonly (string | RegExp)[]
): void {
  const said = result.stdout + result.stderr;
  for (const word of words) expect(said).toMatch(word);
  expect(said).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(result.code).toBe(code);
}

describe('what goes wrong is said once, clearly, with the right exit code', () => {
  it('a wrong token', async () => {
    const auth = { ...w.tdp.authFile(), auth_token: 'secret-but-wrong' };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    const result = await w.cli(['run']);
    expectMessage(result, 3, /refused the token/, /AUTH_REJECTED/);
    expect(result.stdout + result.stderr).not.toContain('secret-but-wrong');
  });

  it('a missing credentials file', async () => {
    await w.config(configText().replace('auth.json', 'elsewhere.json'));
    expectMessage(await w.cli(['run']), 3, /elsewhere\.json cannot be read/);
  });

  it('no credentials at all', async () => {
    await w.config(configText().replace('auth: ./auth.json', `url: ${w.tdp.url}`));
    expectMessage(await w.cli(['run']), 3, /TS_AUTH_TOKEN and ORG_SLUG/);
  });

  it('a host that does not exist', async () => {
    await w.config(configText(undefined, '  url: https://tdp.invalid'));
    expectMessage(
      await w.cli(['run']),
      4,
      /cannot reach tdp\.invalid/,
      /source\.url/,
      /SOURCE_UNAVAILABLE/,
    );
  });

  it('a host that is no TDP', async () => {
    await w.config(configText(undefined, `  url: ${w.tdp.url}/nowhere`));
    expectMessage(await w.cli(['run']), 4, /404/, /source\.url/);
  });

  it("a filter that TDP refuses, in TDP's own words", async () => {
    await w.config(configText('filter: [{ termm: { category: IDS } }]'));
    expectMessage(await w.cli(['run']), 2, /unknown query \[termm\]/, /"filter"/, /QUERY_REJECTED/);
  });

  it('a database in a folder that does not exist', async () => {
    await w.config(configText().replace('./lab.duckdb', './nowhere/lab.duckdb'));
    expectMessage(await w.cli(['run']), 5, /nowhere/, /SINK_UNAVAILABLE/);
  });

  it.skipIf(process.getuid?.() === 0)(
    'a database in a folder that may not be written [needs a user that is not root]',
    async () => {
      await mkdir(join(w.dir, 'closed'));
      await chmod(join(w.dir, 'closed'), 0o500);
      await w.config(configText().replace('./lab.duckdb', './closed/lab.duckdb'));
      expectMessage(await w.cli(['run']), 3, /closed/, /SINK_PERMISSION/);
    },
  );

  it('no config file', async () => {
    expectMessage(
      await w.cli(['run', '--config', 'nothing.yaml']),
      2,
      /nothing\.yaml/,
      /tdp-sync init/,
    );
  });

  it('everything wrong in a config at once, with paths and lines', async () => {
    await w.config(`source:
  auth: ./auth.json
  concurency: 5
sink:
  type: duckdb
  path: 7
syncs:
  2nd:
    settle: soon
`);
    expectMessage(
      await w.cli(['run']),
      2,
      /source\.concurency \(line 3\): there is no such setting/,
      /sink\.path \(line 6\)/,
      /syncs\.2nd \(line 8\): a sync's name starts with a letter/,
    );
  });

  it('broken YAML, with its line', async () => {
    await w.config('source:\n  auth: [\nsink: x');
    expectMessage(await w.cli(['run']), 2, /not valid YAML/, /line 3/);
  });

  it('a variable that is not set', async () => {
    await w.config(configText().replace('./auth.json', '{ token: "${NO_SUCH_TOKEN}", org: x }'));
    expectMessage(
      await w.cli(['run']),
      2,
      /source\.auth\.token \(line 2\)/,
      /NO_SUCH_TOKEN is not set/,
    );
  });

  it('a sink that is not installed', async () => {
    await w.config(configText().replace('type: duckdb', 'type: tdp-sync-sink-of-nobody'));
    expectMessage(await w.cli(['run']), 2, /npm install tdp-sync-sink-of-nobody/);
    await w.config(configText().replace('type: duckdb', 'type: DuckDB'));
    expectMessage(
      await w.cli(['run']),
      2,
      /sinks of tdp-sync are bigquery, duckdb, mssql, postgres, snowflake\./,
    );
  });

  it('a sync that the config does not have', async () => {
    expectMessage(await w.cli(['run', '--sync', 'dogs']), 2, /no sync "dogs"/, /docs/);
  });

  it('an unknown option', async () => {
    expectMessage(await w.cli(['run', '--fast']), 2, /unknown option '--fast'/);
  });
});

describe('credentials', () => {
  it('come from the environment or from .env too', async () => {
    const { auth_token: token, org } = w.tdp.authFile();
    await w.config(configText().replace('auth: ./auth.json', `url: ${w.tdp.url}/v1/`));
    w.addFiles(3);
    expect((await w.cli(['run'], { TS_AUTH_TOKEN: token, ORG_SLUG: org })).code).toBe(0);
    await writeFile(join(w.dir, '.env'), `TS_AUTH_TOKEN=${token}\nORG_SLUG=${org}\n`);
    expect((await w.cli(['status'])).code).toBe(0);
  });
});

describe('check', () => {
  it('finds all well and says when the token expires', async () => {
    const auth = {
      ...w.tdp.authFile(),
      auth_token: w.tdp.issueToken({ expiresAt: Date.now() + 3_600_000 }),
    };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    w.addFiles(12);
    expectMessage(
      await w.cli(['check']),
      0,
      /token\s+warning/,
      /another (59 min|1 h)/,
      /search docs\s+ok\s+12 files/,
      /clock\s+ok/,
      /sink\s+ok/,
    );
  });

  it('reports each failure and the exit code of the first', async () => {
    await w.config(configText('filter: [{ nonsense: {} }]'));
    const result = await w.cli(['check', '--json']);
    expect(result.code).toBe(2);
    const byName = new Map(
      JSON.parse(result.stdout).map((found: { check: string; result: string }) => [
        found.check,
        found.result,
      ]),
    );
    expect(byName.get('search docs')).toBe('failed');
    expect(byName.get('sink')).toBe('ok');
  });

  it('says that an expired token is expired', async () => {
    const auth = {
      ...w.tdp.authFile(),
      auth_token: w.tdp.issueToken({ expiresAt: Date.now() - 1000 }),
    };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    expectMessage(await w.cli(['check']), 3, /token\s+failed\s+expired/);
  });
});

describe('preview', () => {
  it('shows tables and rows and writes nothing', async () => {
    w.addFiles(5);
    const result = await w.cli(['preview', '--files', '2']);
    expectMessage(
      result,
      0,
      /docs: 2 rows \(_file_key, _row, document json\)/,
      /what 2 files would become/,
    );
    await expect(readFile(join(w.dir, 'lab.duckdb'))).rejects.toThrow('ENOENT');
  });
});

describe('init', () => {
  it('writes a config that check accepts once the environment is there, and overwrites nothing', async () => {
    const dir = join(w.dir, 'fresh');
    const made = await w.cli([
      'init',
      '--dir',
      dir,
      '--url',
      w.tdp.url,
      '--sync',
      'plates',
      '--database',
      './plates.duckdb',
    ]);
    expect(made.code).toBe(0);
    expect(await readFile(join(dir, '.env.example'), 'utf8')).toContain('TS_AUTH_TOKEN=');
    expect(JSON.parse(await readFile(join(dir, 'tdp-sync.schema.json'), 'utf8')).title).toBe(
      'tdp-sync',
    );
    const { auth_token: token, org } = w.tdp.authFile();
    const checked = await w.cli(['check', '--config', join(dir, 'tdp-sync.yaml')], {
      TS_AUTH_TOKEN: token,
      ORG_SLUG: org,
    });
    expect(checked.stdout).toMatch(/search plates\s+warning\s+TDP shows no file/);
    expect(checked.code).toBe(0);
    expectMessage(await w.cli(['init', '--dir', dir]), 2, /is there already; --force/);
  });
});

describe('schema', () => {
  it('describes the config, the DuckDB sink included', async () => {
    const schema = JSON.parse((await w.cli(['schema'])).stdout);
    expect(schema.properties.syncs.additionalProperties.properties.settle.type).toBe('string');
    expect(JSON.stringify(schema.allOf)).toContain('checkpointThreshold');
  });
});

describe('status and reset', () => {
  it('tell where the sync stands, and forget it only when told so twice', async () => {
    w.addFiles(4);
    const before = JSON.parse((await w.cli(['status', '--json'])).stdout);
    expect(before).toMatchObject([{ sync: 'docs', watermark: null, loaded: 0 }]);
    await w.cli(['run']);
    const after = JSON.parse((await w.cli(['status', '--json'])).stdout);
    expect(after).toMatchObject([
      { sync: 'docs', loaded: 4, failed: 0, openWindow: null, behindMs: 0, pullBack: null },
    ]);
    expectMessage(await w.cli(['reset', 'docs']), 2, /--yes/);
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout)).toEqual([
      { ...after[0], clocks: expect.objectContaining({ verdict: 'agree', troubles: [] }) },
    ]);
    expectMessage(await w.cli(['reset', 'docs', '--yes']), 0, /from the beginning/);
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout)).toMatchObject([
      { watermark: null, loaded: 0 },
    ]);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 4 }]);
  });
});
