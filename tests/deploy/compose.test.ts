import { expect, it } from 'vitest';
import { parseArgs } from '../../packages/emulator/src/command/command-line.ts';
import { loaded, read, serveDefaults, stopMs, yaml } from './files.ts';

interface Service {
  readonly mem_limit: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<'tdp-sync' | 'emulator', Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const [compose] = yaml<Compose>('compose.yaml') as readonly [Compose];
const { 'tdp-sync': service, emulator } = compose.services;
const config = await loaded(read('deploy/compose/tdp-sync.yaml'), {
  TDP_SYNC_CONTROL_TOKEN: 'x'.repeat(16),
});

it('the config asks for no variable that compose.yaml does not set', () => {
  const asked = read('deploy/compose/tdp-sync.yaml').matchAll(/\$\{(\w+)/g);
  for (const [, name = ''] of asked) expect(Object.keys(service.environment ?? {})).toContain(name);
  const [, fallback = ''] =
    /:-(.*)\}/.exec(service.environment?.['TDP_SYNC_CONTROL_TOKEN'] ?? '') ?? [];
  expect(fallback.length).toBeGreaterThanOrEqual(16);
});

it('it is stopped only after the time that a stop may take', () => {
  expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(
    stopMs(config),
  );
});

it('the port is the one that serve listens at, and open to this machine only', async () => {
  const { port } = (await serveDefaults()).listen;
  expect(config.config.serve.listen).toEqual({ host: '0.0.0.0', port });
  expect(service.ports).toEqual([`127.0.0.1:${port}:${port}`]);
});

it('both run without rights and without a file system to write to', () => {
  for (const { read_only, cap_drop, security_opt } of [service, emulator])
    expect({ read_only, cap_drop, security_opt }).toEqual({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
});

it('database and credentials lie on the volumes', () => {
  const { path } = config.sinkConfig as { path: string };
  expect(service.volumes).toContain(`database:${path.replace(/\/[^/]+$/, '')}`);
  expect(Object.keys(compose.volumes)).toEqual(['database', 'credentials']);
  const { authFile, port, host } = parseArgs(['', '', ...(emulator.command ?? [])]);
  expect(config.config.source).toMatchObject({ auth: authFile, url: `http://${host}:${port}` });
});

it('mounts folders only, and has the memory that docs/deployment.md asks for', () => {
  for (const volume of [...service.volumes, ...emulator.volumes]) {
    const [source = '', target = ''] = volume.split(':');
    expect([source, target].filter((path) => /\.\w+$/.test(path))).toEqual([]);
  }
  expect(read('docs/deployment.md')).toContain('**1,280 MiB with a heap of 512**');
  expect(service.mem_limit).toBe('1280m');
  expect(service.environment?.['NODE_OPTIONS']).toBe('--max-old-space-size=512');
});
