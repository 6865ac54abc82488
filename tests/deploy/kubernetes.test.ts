import { expect, it } from 'vitest';
import { sliceShare } from '../../apps/cli/src/arguments.ts';
import { ExitCode } from '../../apps/cli/src/exit-code.ts';
import { loaded, read, serveDefaults, stopMs, yaml } from './files.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources: object;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly object[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: object;
    readonly template: { readonly spec: Pod };
  };
}

interface Service extends Manifest {
  readonly spec: {
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

interface CronJob extends Manifest {
  readonly spec: {
    readonly concurrencyPolicy: string;
    readonly jobTemplate: {
      readonly spec: {
        readonly podFailurePolicy: {
          readonly rules: readonly {
            readonly onExitCodes?: {
              readonly containerName: string;
              readonly values: readonly number[];
            };
          }[];
        };
        readonly template: { readonly spec: Pod };
      };
    };
  };
}

interface Backfill extends Manifest {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly template: { readonly spec: Pod };
  };
}

const [deployment, service] = yaml<never>('deploy/kubernetes/serve.yaml') as unknown as readonly [
  Deployment,
  Service,
];
const [cronJob] = yaml<CronJob>('deploy/kubernetes/cronjob.yaml') as readonly [CronJob];
const [backfill] = yaml<Backfill>('deploy/kubernetes/backfill.yaml') as readonly [Backfill];
const others = [
  ...yaml<Manifest>('deploy/kubernetes/config.yaml'),
  ...yaml<Manifest>('deploy/kubernetes/storage.yaml'),
];
const text = others.find(({ kind }) => kind === 'ConfigMap')?.data?.['tdp-sync.yaml'] ?? '';

const serve = deployment.spec.template.spec;
const job = cronJob.spec.jobTemplate.spec;
const pods: readonly (readonly [string, Pod])[] = [
  ['serve', serve],
  ['cronjob', job.template.spec],
  ['backfill', backfill.spec.template.spec],
];

function configOf({ containers: [{ env }] }: Pod): ReturnType<typeof loaded> {
  return loaded(text, Object.fromEntries(env.map(({ name }) => [name, 'x'.repeat(16)])));
}

it.each(pods)('%s: the config needs nothing that the pod does not have', async (_, pod) => {
  const { config, sinkConfig } = await configOf(pod);
  const [{ volumeMounts }] = pod.containers;
  const mountOf = (path: unknown) =>
    volumeMounts.find(({ mountPath }) => String(path).startsWith(`${mountPath}/`));
  expect(mountOf((sinkConfig as { path: string }).path)?.readOnly ?? false).toBe(false);
  expect(mountOf(config.source.auth)?.readOnly).toBe(true);
  expect(mountOf('/etc/tdp-sync/tdp-sync.yaml')?.readOnly).toBe(true);
});

it.each(pods)('%s: it is killed only after the time that a stop may take', async (_, pod) => {
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(stopMs(await configOf(pod)));
});

it.each(pods)('%s: it runs without rights and without a file system to write to', (_, pod) => {
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(pod.containers[0]).toMatchObject({
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: { limits: { memory: '1280Mi' }, requests: { memory: expect.any(String) } },
  });
});

it('every volume, claim, config and secret that a pod names is there', () => {
  const names = others.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
  expect(names).toEqual([
    'ConfigMap tdp-sync',
    'PersistentVolumeClaim tdp-sync',
    'Secret tdp-sync-auth',
    'Secret tdp-sync-control',
  ]);
  for (const [name, pod] of pods)
    expect(pod.volumes).toMatchObject([
      { name: 'config', configMap: { name: 'tdp-sync' } },
      { name: 'auth', secret: { secretName: 'tdp-sync-auth' } },
      // Several pods cannot write to one file: their database is elsewhere.
      name === 'backfill'
        ? { name: 'data', emptyDir: {} }
        : { name: 'data', persistentVolumeClaim: { claimName: 'tdp-sync' } },
      { name: 'tmp' },
    ]);
});

it('one process at a time', () => {
  expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  expect(cronJob.spec.concurrencyPolicy).toBe('Forbid');
});

it('probes, Service and config agree on the port, and no restart is asked for by /progressz', async () => {
  const { config } = await configOf(serve);
  const { port } = (await serveDefaults()).listen;
  expect(config.serve.listen).toEqual({ host: '0.0.0.0', port });
  const [container] = serve.containers;
  expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
  expect(service.spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }]);
  const { startupProbe, livenessProbe, readinessProbe } = container;
  expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
    { path: '/livez', port: 'http' },
    { path: '/livez', port: 'http' },
    { path: '/readyz', port: 'http' },
  ]);
});

it('a Job is given up for what a second try would not mend, and for nothing else', () => {
  const [given] = job.podFailurePolicy.rules.flatMap(({ onExitCodes }) => onExitCodes ?? []);
  const { unexpected, config, access, someFilesFailed } = ExitCode;
  expect(given?.values).toEqual([unexpected, config, access, someFilesFailed]);
  expect(given?.containerName).toBe(job.template.spec.containers[0].name);
});

interface Kustomization {
  readonly resources: readonly string[];
  readonly patches: readonly {
    readonly target: { readonly kind: string };
    readonly patch: string;
  }[];
}

it('kustomize finds what it names, and without DuckDB no claim is left', () => {
  const [base] = yaml<Kustomization>('deploy/kubernetes/kustomization.yaml');
  for (const file of base?.resources ?? []) expect(read(`deploy/kubernetes/${file}`)).not.toBe('');
  const [other] = yaml<Kustomization>('deploy/kubernetes-no-duckdb/kustomization.yaml');
  expect(other?.resources).toEqual(['../kubernetes']);
  const patched = other?.patches.map(({ target }) => target.kind);
  expect(patched).toEqual(['PersistentVolumeClaim', 'Deployment']);
  const [, patch = ''] =
    /volumes\/(\d+), value: \{ name: data,/.exec(other?.patches[1]?.patch ?? '') ?? [];
  expect(serve.volumes[Number(patch)]).toMatchObject({ name: 'data' });
});

it('a control token that is copied as it is is refused', async () => {
  const secret = others.find(({ metadata }) => metadata.name === 'tdp-sync-control') as {
    stringData?: { token: string };
  };
  const { token = '' } = secret.stringData ?? {};
  await expect(loaded(text, { TDP_SYNC_CONTROL_TOKEN: token })).rejects.toThrow(/placeholder/);
});

it('backfill: the shares that its pods ask for are all that there are, by an index that they are given', () => {
  const { completionMode, completions, parallelism, template } = backfill.spec;
  expect(completionMode).toBe('Indexed');
  const [{ args = [], env }] = template.spec.containers;
  const asked = args[args.indexOf('--slice') + 1];
  expect(asked).toBe(`$(JOB_COMPLETION_INDEX)/${completions}`);
  expect(env.map(({ name }) => name)).toContain('JOB_COMPLETION_INDEX');
  expect(parallelism).toBeLessThanOrEqual(completions);
  for (let index = 0; index < completions; index += 1)
    expect(sliceShare(`${index}/${completions}`)).toEqual({ index, of: completions });
  expect(() => sliceShare(`${completions}/${completions}`)).toThrow(/from 0/);
});
