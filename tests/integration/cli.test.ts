import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../apps/cli/src/config/load.ts';
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
    expectMessage(
      await w.cli(['run']),
      2,
      /unknown query \[termm\]/,
      /Correct \\"filter\\" in the config/,
      /QUERY_REJECTED/,
    );
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

  it('a sink that is not there', async () => {
    await w.config(configText().replace('type: duckdb', 'type: tdp-sync-sink-of-nobody'));
    expectMessage(
      await w.cli(['run']),
      2,
      /There is no sink "tdp-sync-sink-of-nobody"\. Official:/,
    );
    await w.config(configText().replace('type: duckdb', 'type: DuckDB'));
    expectMessage(await w.cli(['run']), 2, /There is no sink "DuckDB"; did you mean duckdb\?/);
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

describe('commands that only look', () => {
  it('make no database', async () => {
    w.addFiles(2);
    const checked = await w.cli(['check']);
    expectMessage(
      checked,
      0,
      /sink\s+ok\s+duckdb: there is no database yet; the first run makes it/,
    );
    const [status] = JSON.parse((await w.cli(['status', '--json'])).stdout).results;
    expect(status).toMatchObject({ sync: 'docs', loaded: 0, watermark: null });
    expect((await w.cli(['verify'])).stdout).toMatch(/docs: has not run to an end/);
    expectMessage(await w.cli(['drop', 'docs', '--yes']), 2, /knows no sync/);
    expect((await w.cli(['reset', 'docs', '--yes'])).code).toBe(0);
    await w.cli(['preview']);
    expect((await readdir(w.dir)).filter((name) => name.includes('duckdb'))).toEqual([]);
  });

  it('find that a database could not be made', async () => {
    await w.config(configText().replace('./lab.duckdb', './nowhere/lab.duckdb'));
    expectMessage(await w.cli(['check']), 5, /folder of .*nowhere.lab\.duckdb does not exist/);
    expectMessage(await w.cli(['status']), 5, /folder of .*nowhere.lab\.duckdb does not exist/);
  });
});

describe('check', () => {
  it('writes to the database on trial, and leaves it as it was', async () => {
    w.addFiles(2);
    await w.cli(['run']);
    const noted =
      'SELECT * FROM _tdp_sync_state UNION ALL SELECT sync, id FROM _tdp_sync_documents ORDER BY ALL';
    const before = await w.sql(noted);
    expectMessage(await w.cli(['check']), 0, /sink\s+ok\s+duckdb opens, and takes and gives back/);
    expect(await w.sql(noted)).toEqual(before);
  });

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
      /token\s+warning\s+TDP takes it as sync@example\.com \(service-user\)/,
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
      JSON.parse(result.stdout).results.map((found: { check: string; result: string }) => [
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

  it('calls no token well that TDP refuses, and asks no more then', async () => {
    const auth = { ...w.tdp.authFile(), auth_token: 'of-nobody' };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    const result = await w.cli(['check']);
    expectMessage(result, 3, /token\s+failed\s+TDP refused the token/, /sink\s+ok/);
    expect(result.stdout).not.toMatch(/search docs/);
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

describe('check', () => {
  it('tells of a transform that is not there once, in words', async () => {
    w.addFiles(1);
    await w.config(configText('transform: ./gone.ts'));
    const checked = await w.cli(['check', '--json']);
    expect(checked.code).toBe(2);
    const failed = JSON.parse(checked.stdout).results.filter(
      ({ result }: { result: string }) => result === 'failed',
    );
    expect(failed).toEqual([
      {
        check: 'transform docs',
        result: 'failed',
        detail: expect.stringMatching(/gone\.ts cannot be loaded: there is no such file/),
      },
    ]);
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

  it('takes the auth.json beside it and a search that somebody has, so that check finds all well', async () => {
    const dir = join(w.dir, 'from-a-search');
    await mkdir(dir);
    const auth = { ...w.tdp.authFile(), api_url: `${w.tdp.url}/v1/` };
    await writeFile(join(dir, 'auth.json'), JSON.stringify(auth));
    const query = { bool: { must: [{ term: { category: 'IDS' } }] } };
    await writeFile(join(dir, 'query.json'), JSON.stringify({ size: 5, query }));
    w.addFiles(3);
    const made = await w.cli(['init', '--dir', dir, '--from', join(dir, 'query.json')]);
    expectMessage(made, 0, /1 clause of the search is in "filter"/, /size: tdp-sync finds/);
    expect(made.stdout).toContain(`auth.json that is there, of the organisation ${auth.org}`);
    expect(made.stdout).not.toContain('read as it is written');
    expect(made.stdout).toMatch(/^Next: tdp-sync check --config from-a-search\/tdp-sync\.yaml\.$/m);
    await expect(readFile(join(dir, '.env.example'))).rejects.toThrow('ENOENT');
    const checked = await w.cli(['check', '--config', join(dir, 'tdp-sync.yaml')]);
    expectMessage(checked, 0, /search documents\s+ok\s+3 files/);
  });

  it('writes to the letter what the search says, and no more than a comment of the organisation', async () => {
    const dir = join(w.dir, 'odd');
    await mkdir(dir);
    const auth = { ...w.tdp.authFile(), org: 'acme\n  evil: 1', api_url: w.tdp.url };
    await writeFile(join(dir, 'auth.json'), JSON.stringify(auth));
    const long = 'line one of a comment\nline two of the same, longer than a line of YAML may be';
    const query = { match_phrase: { 'source.name': `a \${HOME} b\n${long}` } };
    await writeFile(join(dir, 'query.json'), JSON.stringify({ query }));
    const made = await w.cli(['init', '--dir', dir, '--from', join(dir, 'query.json')]);
    expect(made.code).toBe(0);
    const { config } = await loadConfig(join(dir, 'tdp-sync.yaml'), { environment: { HOME: 'x' } });
    expect(config.syncs['documents']?.filter).toEqual([query]);
  });

  it('leads from a notebook to tables by what it says itself', async () => {
    const auth = { ...w.tdp.authFile(), api_url: w.tdp.url };
    await mkdir(join(w.dir, 'my lab'));
    await writeFile(join(w.dir, 'my lab', 'auth.json'), JSON.stringify(auth));
    const cell =
      "body = {'query': {'bool': {'must': [{'term': {'category': 'IDS'}}]}}, 'size': 10}";
    const notebook = { cells: [{ cell_type: 'code', source: [cell] }] };
    await writeFile(join(w.dir, 'search.ipynb'), JSON.stringify(notebook));
    w.addFiles(3);
    const made = await w.cli(['init', '--dir', 'my lab', '--from', 'search.ipynb']);
    expect(made.stdout).toContain('read as it is written');
    const [, next = ''] = /^Next: tdp-sync (.*)\.$/m.exec(made.stdout) ?? [];
    const args = [...next.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
    expect(args).toEqual(['check', '--config', 'my lab/tdp-sync.yaml']);
    const config = args.slice(1);
    expectMessage(await w.cli(args), 0, /search documents\s+ok\s+3 files/, /sink\s+ok/);
    expectMessage(await w.cli(['preview', ...config]), 0, /what 3 files would become/);
    expectMessage(await w.cli(['run', ...config]), 0, /3 files brought up to date/);
    expectMessage(await w.cli(['status', ...config]), 0, /^documents: up to date/);
    expectMessage(await w.cli(['verify', ...config]), 0, /equal to TDP/);
  });

  it('says what to do with an auth.json that it cannot read', async () => {
    const dir = join(w.dir, 'broken');
    await mkdir(dir);
    await writeFile(join(dir, 'auth.json'), '{"auth_token": ');
    const made = await w.cli(['init', '--dir', dir]);
    expectMessage(made, 3, /not what TDP gives/, /Nothing was written\. Mend it, or move it/);
  });

  it('says of a file without a search what it expected', async () => {
    await writeFile(join(w.dir, 'no.json'), '{"a": 1}');
    expectMessage(await w.cli(['init', '--from', 'no.json']), 2, /no\.json has no search in it/);
    await writeFile(join(w.dir, 'cut.txt'), 'body =\n{"query": {"term": {"category": "IDS"}');
    const cut = await w.cli(['init', '--from', 'cut.txt']);
    expectMessage(cut, 2, /cut\.txt: The search that begins in line 2 .*cannot be read/);
    await writeFile(join(w.dir, 'query.json'), '{"query": {"term": {"category": "IDS"}}}');
    const both = ['init', '--from', 'query.json', '--source-type', 'empower'];
    expectMessage(await w.cli(both), 2, /leave out --source-type, or --from/);
    expectMessage(
      await w.cli(['init', '--sync', '9bad']),
      2,
      /starts with a letter.*Nothing was written/,
    );
  });
});

describe('schema', () => {
  it('describes the config, the DuckDB sink included', async () => {
    const schema = JSON.parse((await w.cli(['schema'])).stdout);
    expect(schema.properties.syncs.additionalProperties.properties.settle.type).toBe('string');
    expect(JSON.stringify(schema.allOf)).toContain('checkpointThreshold');
  });
});

describe('--failed-files-ok', () => {
  it('makes a success of a run in which only files have failed, and of no other', async () => {
    w.addFiles(1);
    w.tdp.lake.put({
      path: '/broken.json',
      category: 'IDS',
      content: '{"broken',
      indexedAt: Date.now() - 3 * 3_600_000,
    });
    expect((await w.cli(['run'])).code).toBe(6);
    const run = await w.cli(['run', '--failed-files-ok']);
    expectMessage(run, 0, /1 file failed before/);
    const auth = { ...w.tdp.authFile(), auth_token: 'of-nobody' };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    expect((await w.cli(['run', '--failed-files-ok'])).code).toBe(3);
  });
});

describe('drop', () => {
  it('asks first, removes what is noted of a sync that the config does not have any more, and leaves its tables', async () => {
    w.addFiles(4);
    await w.cli(['run']);
    await w.config(configText().replace('docs:', 'other:'));
    const asked = await w.cli(['drop', 'docs']);
    expectMessage(asked, 2, /ledger of 4 files; tables and rows stay\. Add --yes/);
    const dropped = await w.cli(['drop', 'docs', '--yes']);
    expectMessage(dropped, 0, /Removed .*4 files/, /Its tables stay: docs_files, docs_runs, docs/);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs_files')).toEqual([{ n: 4 }]);
    expect(
      await w.sql("SELECT count(*)::INT AS n FROM _tdp_sync_documents WHERE sync = 'docs'"),
    ).toEqual([{ n: 0 }]);
    expectMessage(await w.cli(['drop', 'docs', '--yes']), 2, /knows no sync "docs"/);
    await w.config(configText());
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toMatchObject([
      { sync: 'docs', watermark: null, lastRun: null },
    ]);
  });
});

it('after a drop, verify says of rows that nobody knows whose they are, and that a sweep settles them', async () => {
  w.addFiles(3);
  await w.cli(['run']);
  await w.cli(['drop', 'docs', '--yes']);
  await w.config(configText('filter: [ { term: { category: NONE } } ]\n    since: 2020-01-01'));
  await w.cli(['run']);
  const verified = await w.cli(['verify']);
  expectMessage(
    verified,
    7,
    /^docs: 3 differences/m,
    /next +"tdp-sync sweep" settles rows of files/,
  );
  expect(verified.stdout).toMatch(
    /^rows \/\S+: the ledger does not know it, and there are rows of it: 1 row in docs_files, 1 row in docs$/m,
  );
  expect(verified.stdout).not.toMatch(/fileId \)|--repair/);
  await w.cli(['sweep']);
  expect((await w.cli(['verify'])).code).toBe(0);
});

it('a sync for which TDP has no file says so, and remembers that it was verified', async () => {
  w.addFiles(1);
  await w.config(configText('filter: [ { term: { category: NONE } } ]'));
  await w.cli(['run']);
  const status = async (): Promise<string> => (await w.cli(['status'])).stdout;
  expect(await status()).toMatch(
    /^docs: TDP shows no file for it yet\n {2}complete up to {2}nothing yet\n[\s\S]* last run +none that met a file\n/,
  );
  expectMessage(
    await w.cli(['verify']),
    0,
    /^docs: equal to TDP: it shows no file for this filter/,
  );
  expect(await status()).toMatch(/last verify +20\d\d-.*: equal\n/);
  await w.config(configText('content: ids'));
  expect((await w.cli(['run'])).stdout).toMatch(/1 file brought up to date/);
});

describe('rename', () => {
  it('gives a sync another name, by which it goes on where it was, with its tables', async () => {
    w.addFiles(4);
    await w.cli(['run']);
    w.addFiles(1, { seed: 7 });
    const renamed = await w.cli(['rename', 'docs', 'bench']);
    expectMessage(
      renamed,
      0,
      /called "bench" now/,
      /keep their names: docs_files, docs_runs, docs/,
    );
    expect(await readFile(join(w.dir, 'tdp-sync.yaml'), 'utf8')).toMatch(
      / {2}bench:\n? .*storedAs: docs/s,
    );
    const [status] = JSON.parse((await w.cli(['status', '--json'])).stdout).results;
    expect(status).toMatchObject({ sync: 'bench', loaded: 4, filesTable: 'docs_files' });
    expect(status.lastRun).toMatchObject({ kind: 'run', outcome: 'complete' });
    const [swept] = JSON.parse((await w.cli(['sweep', '--json'])).stdout).results;
    expect(swept).toMatchObject({ sync: 'bench', known: 4, loaded: 1, missing: 0 });
    expect(JSON.parse((await w.cli(['verify', '--json'])).stdout).results).toMatchObject([
      { sync: 'bench', outcome: 'equal', held: 5 },
    ]);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs_files')).toEqual([{ n: 5 }]);
    expect(await w.sql("SELECT sync FROM _tdp_sync_state WHERE sync = 'bench'")).toEqual([]);
    expectMessage(await w.cli(['drop', 'docs', '--yes']), 2, /calls the sync "bench"/);
    expectMessage(await w.cli(['rename', 'bench', 'bench']), 2, /"bench" already/);
    expectMessage(await w.cli(['rename', 'bench', 'no way']), 2, /cannot be a name/);
    expectMessage(await w.cli(['drop', 'bench', '--yes']), 0, /Removed .*5 files/);
    expect(await w.sql("SELECT sync FROM _tdp_sync_documents WHERE sync = 'docs'")).toEqual([]);
  });
});

describe('status and reset', () => {
  it('tell where the sync stands, and forget it only when told so twice', async () => {
    w.addFiles(4);
    const before = JSON.parse((await w.cli(['status', '--json'])).stdout).results;
    expect(before).toMatchObject([{ sync: 'docs', watermark: null, loaded: 0 }]);
    await w.cli(['run']);
    const after = JSON.parse((await w.cli(['status', '--json'])).stdout).results;
    expect(after).toMatchObject([
      { sync: 'docs', loaded: 4, failed: 0, openWindow: null, behindMs: 0, pullBack: null },
    ]);
    expectMessage(await w.cli(['reset', 'docs']), 2, /--yes/);
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toEqual([
      { ...after[0], clocks: expect.objectContaining({ verdict: 'agree', troubles: [] }) },
    ]);
    expectMessage(await w.cli(['reset', 'docs', '--yes']), 0, /from the beginning/);
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toMatchObject([
      { watermark: null, loaded: 0 },
    ]);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 4 }]);
  });
});

it('status says in its first line what is up to date, and what of it has failed', async () => {
  const first = async (): Promise<string | undefined> =>
    (await w.cli(['status'])).stdout.split('\n')[0];
  w.addFiles(2);
  expect(await first()).toBe('docs: has not run yet');
  await w.cli(['run']);
  expect(await first()).toBe('docs: up to date');
  const indexedAt = Date.now() - 3 * 3_600_000;
  w.tdp.lake.put({ path: '/broken.json', category: 'IDS', content: '{"broken', indexedAt });
  await w.cli(['sweep']);
  expect(await first()).toBe('docs: up to date, 1 failed');
  await w.config(configText('every: 100ms\n    settle: 1s'));
  expect(await first()).toBe('docs: up to date, 1 failed');
  w.tdp.lake.delete([...w.tdp.lake.files()][0]?.fileId ?? '');
  await w.cli(['verify']);
  expect((await w.cli(['status'])).stdout).toMatch(
    /up to date, 1 failed, 1 difference at the last verification\n[\s\S]* last verify .*: 1 difference, 1 failed file\n/,
  );
  const lately = Date.now() - 30_000;
  w.tdp.lake.put({ path: '/new.json', category: 'IDS', content: '{}', indexedAt: lately });
  expect(await first()).toMatch(/^docs: behind TDP, 1 failed/);
});

it('goes on when whoever reads its lines has gone, as head does, and says nothing of it', async () => {
  w.addFiles(3);
  await w.cli(['run']);
  const running = w.start(['verify']);
  running.process.stdout?.destroy();
  const { code, stderr } = await running.result;
  expect(stderr).not.toMatch(/did not foresee|EPIPE/);
  expect(code).toBe(0);
});

describe('for programs', () => {
  it('results have an envelope with their format, and times as ISO 8601', async () => {
    w.addFiles(2);
    const { stdout } = await w.cli(['run', '--json']);
    const { format, command, at, results } = JSON.parse(stdout);
    expect({ format, command }).toEqual({ format: 1, command: 'run' });
    expect(Date.parse(at)).toBeGreaterThan(0);
    const [{ watermark, clocks, durationMs }] = results;
    for (const time of [watermark, clocks.now, clocks.date, clocks.local])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(durationMs).toBeGreaterThan(0);
    expect(stdout).not.toMatch(/(?:watermark|now|date|local|start)Ms/);
  });

  it('every line of a log is JSON, its level a name, and the last one of a failed run says why', async () => {
    w.addFiles(2);
    await w.config(configText('filter: [{ nonsense: {} }]'));
    const lines = async (): Promise<Record<string, unknown>[]> =>
      (await w.cli(['run'])).stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect((await lines()).at(-1)).toMatchObject({
      ...{ level: 'error', sync: 'docs', code: 'QUERY_REJECTED', exitCode: 2 },
      msg: expect.stringMatching(/TDP refused the query/),
    });
    await writeFile(join(w.dir, 'auth.json'), 'broken');
    expect((await lines()).at(-1)).toMatchObject({
      ...{ level: 'error', code: 'CREDENTIALS_UNREADABLE', exitCode: 3 },
    });
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(w.tdp.authFile()));
    await w.config(configText());
    expect((await lines())[0]).toMatchObject({
      level: 'info',
      msg: 'run started',
      watermark: null,
    });
  });
});
