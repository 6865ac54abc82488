import { expect, it } from 'vitest';
import { loaded, read, serveDefaults, stopMs, yaml } from './files.ts';

const COMPOSE = 'deploy/compose-replicas/compose.yaml';
const KUBERNETES = 'deploy/kubernetes-replicas';

interface Service {
  readonly deploy?: { readonly replicas: number };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

const [{ services }] = yaml<{ services: Readonly<Record<string, Service>> }>(COMPOSE) as readonly [
  { services: Readonly<Record<'tdp-sync' | 'emulator' | 'postgres', Service>> },
];
const service = services['tdp-sync'];

/** What a config asks for, as long as a secret is. */
function environmentOf(text: string): Record<string, string> {
  const names = [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
  const value = (name: string): string =>
    name.endsWith('_URL') ? 'postgres://tdp:x@db.example/lab' : 'x'.repeat(16);
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

it('compose: the config is complete, and asks for no variable that the containers do not have', async () => {
  const text = read('deploy/compose-replicas/config/tdp-sync.yaml');
  const environment = environmentOf(text);
  expect(Object.keys(service.environment ?? {})).toEqual(
    expect.arrayContaining(Object.keys(environment)),
  );
  const config = await loaded(text, environment);
  expect(config.queue?.adapter.name).toBe('postgres');
  expect(config.config.serve.queue).toMatchObject({ name: 'tdp-sync', sliceFiles: 100_000 });
  expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(
    stopMs(config),
  );
});

it('compose: each replica has a port of this machine, and none a right or a file system to write to', async () => {
  const { port } = (await serveDefaults()).listen;
  const replicas = service.deploy?.replicas ?? 0;
  expect(replicas).toBe(3);
  expect(service.ports).toEqual([`127.0.0.1:${port}-${port + replicas - 1}:${port}`]);
  for (const { read_only, cap_drop } of [service, services.emulator])
    expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] });
});

it('kubernetes: the config is complete with what the pods are given, and names a queue', async () => {
  const [config] = yaml<Manifest>(`${KUBERNETES}/config.yaml`);
  const text = config?.data?.['tdp-sync.yaml'] ?? '';
  const environment = environmentOf(text);
  const patched = read(`${KUBERNETES}/kustomization.yaml`);
  const given = `${read('deploy/kubernetes/serve.yaml')}${patched}`;
  for (const name of Object.keys(environment)) expect(given).toContain(`name: ${name}`);
  const { queue, adapter } = await loaded(text, environment);
  expect(queue?.adapter.name).toBe('postgres');
  expect(adapter.isExclusive).not.toBe(true);
  const [secret] = yaml<Manifest>(`${KUBERNETES}/database.yaml`);
  expect(patched).toContain(`secretKeyRef: { name: ${secret?.metadata.name}, key: url }`);
  expect(Object.keys(secret?.stringData ?? {})).toEqual(['url']);
});

it('kubernetes: kustomize finds what it names, and several pods may be there at once', () => {
  interface Kustomization {
    readonly resources: readonly string[];
    readonly patches: readonly { readonly path?: string; readonly patch?: string }[];
  }
  const [overlay] = yaml<Kustomization>(`${KUBERNETES}/kustomization.yaml`);
  const [base, ...files] = overlay?.resources ?? [];
  expect(base).toBe('../kubernetes-no-duckdb');
  for (const file of files) expect(yaml(`${KUBERNETES}/${file}`)).toHaveLength(1);
  const [config, deployment] = overlay?.patches ?? [];
  expect(read(`${KUBERNETES}/${config?.path}`)).toContain('kind: ConfigMap');
  expect(deployment?.patch).toContain('path: /spec/replicas, value: 3');
  expect(deployment?.patch).toContain('type: RollingUpdate');
});
