import { spawn, spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@tdp-sync/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { officialSinks } from '../../apps/cli/src/sinks.ts';
import { ROOT } from '../docs/pages.ts';
import { succeed } from '../publish/shell.ts';
import { read, serveDefaults } from './files.ts';

const dockerfile = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\s*\\\n\s*/g, ' ');
const [, build = '', emulator = '', runtime = ''] = dockerfile.split(/^FROM .*$/m);

/** The arguments of an instruction, wherever it stands in a stage. */
function instructions(stage: string, name: string): readonly string[] {
  return [...stage.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest);
}

/** From where and to where the last stage takes what has been built. */
const copies = instructions(runtime, 'COPY').map((rest) => {
  const [, from = '', to = ''] = /^--from=build \/src\/(\S+) (\S+)$/.exec(rest) ?? [];
  return { from, to };
});

describe('the Dockerfile', () => {
  it('takes the Node.js that the tests run on', () => {
    const [, version] = /node:([\d.]+)-bookworm-slim$/m.exec(dockerfile) ?? [];
    const lock = JSON.parse(read('package-lock.json'));
    expect(version).toBe(lock.packages['node_modules/node'].version);
  });

  it('takes the command, everything of ours that it needs, the sinks, and the queue', () => {
    const needs = Object.keys(JSON.parse(read('apps/cli/package.json')).dependencies);
    const ours = needs.filter((name) => name.startsWith('@tdp-sync/'));
    const sinks = officialSinks.map((name) => `@tdp-sync/sink-${name}`);
    const packages = [...ours, ...sinks, '@tdp-sync/queue-postgres'].map((name) =>
      name.replace('@tdp-sync/', 'packages/'),
    );
    expect(copies.map(({ from }) => from).sort()).toEqual(
      ['apps/cli', 'node_modules', ...packages].sort(),
    );
    for (const { from, to } of copies) expect(to).toBe(from);
  });

  it('asks for the health of the port that serve listens at', async () => {
    const { port } = (await serveDefaults()).listen;
    expect(instructions(runtime, 'EXPOSE')).toEqual([`${port}`]);
    expect(instructions(runtime, 'HEALTHCHECK')[0]).toContain(`http://127.0.0.1:${port}/livez`);
  });

  it('leaves both images to a user that is not root', () => {
    for (const stage of [emulator, runtime])
      expect(instructions(stage, 'USER')).toEqual(['1000:1000']);
  });
});

/** What a clean checkout holds of what .dockerignore lets through. */
async function checkOut(folder: string): Promise<void> {
  const lines = read('.dockerignore').split('\n');
  const wanted = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const tests = "--exclude='*/test' --exclude='*/.*'";
  await succeed(`git archive HEAD ${wanted.join(' ')} | tar -x -C ${folder} ${tests}`, ROOT);
}

const isCheckout = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT }).status === 0;

// No engine is needed for what goes wrong most: a file that is not copied, a dependency that is left out, a folder that
// is written to. About half a minute, most of it `npm ci`.
describe.skipIf(!isCheckout)('its steps, carried out in a folder', () => {
  let folder: string;
  let app: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-image-'));
    await chmod(folder, 0o755);
    const src = join(folder, 'src');
    app = join(folder, 'app');
    await mkdir(src);
    await checkOut(src);
    const [steps = ''] = instructions(build, 'RUN');
    await succeed(steps.replace(/^--mount=\S+ /, ''), src);
    for (const { from, to } of copies) {
      await cp(join(src, from), join(app, to), { recursive: true, verbatimSymlinks: true });
    }
    // Nothing may be found that was not copied.
    await rm(src, { recursive: true });
    await succeed(`chmod -R a-w ${app}`, folder);
  }, 240_000);
  afterAll(async () => {
    await succeed(`chmod -R u+w ${app}`, folder);
    await rm(folder, { recursive: true });
  });

  /** Runs the image's command as its user, if the tests may become that user. */
  function tdpSync(
    args: readonly string[],
    cwd: string,
  ): Promise<{ code: number | null; output: string }> {
    const [entry = ''] = instructions(runtime, 'ENTRYPOINT');
    const [, file = ''] = JSON.parse(entry) as string[];
    const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};
    const child = spawn(process.execPath, [file.replace('/app', app), ...args], {
      cwd,
      env: { NODE_ENV: 'production', HOME: '/nonexistent' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output }));
    });
  }

  it('what comes of it says its version', async () => {
    const { version } = JSON.parse(read('apps/cli/package.json'));
    expect(await tdpSync(['--version'], folder)).toEqual({ code: 0, output: `${version}\n` });
  });

  it('what comes of it syncs, and writes to the folder of the database only', async () => {
    await using tdp = await startEmulator();
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    tdp.lake.addBulk({
      count: 20,
      bytes: 600,
      seed: 1,
      indexedFrom: hoursAgo(4),
      indexedTo: hoursAgo(2),
    });
    const [config, data] = [join(folder, 'config'), join(folder, 'data')];
    for (const path of [config, data]) await mkdir(path);
    await chown(data, 1000, 1000).catch(() => undefined);
    const { url, token, org } = tdp;
    await writeFile(
      join(config, 'tdp-sync.yaml'),
      `source: { url: '${url}', auth: { token: ${token}, org: ${org} } }\nsink: { type: duckdb, path: ${data}/lab.duckdb }\nsyncs: { docs: { tables: auto } }\n`,
    );
    const { code, output } = await tdpSync(['run', '--json', '--log-level', 'error'], config);
    expect(code, output).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      results: [{ sync: 'docs', loaded: 20, failed: 0 }],
    });
    expect((await readFile(join(data, 'lab.duckdb'))).length).toBeGreaterThan(0);
  });

  it.each(officialSinks.filter((name) => name !== 'duckdb'))(
    'the sink %s can be loaded',
    async (name) => {
      const config = await mkdtemp(join(folder, 'sink-'));
      await chmod(config, 0o755);
      await writeFile(
        join(config, 'tdp-sync.yaml'),
        `sink: { type: ${name} }\nsyncs: { docs: {} }\n`,
      );
      const { code, output } = await tdpSync(['run'], config);
      expect(code).toBe(2);
      // It is the sink itself that says what it lacks.
      expect(output).toMatch(/sink\.(project|server|host|user)/);
      expect(output).not.toContain('cannot be loaded');
    },
  );
});
