import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './world.ts';

export const TOKEN = 'control-token-of-the-tests';

/** `tdp-sync serve` while it runs. */
export interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Everything logged so far, one object a line. */
  log(): readonly Record<string, unknown>[];
  output(): string;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** The status, as far as the tests look at it. */
  status(): Promise<Status>;
  sync(name?: string): Promise<SyncStatus>;
  /** Resolves once the sync has caught up and nothing is done with it. */
  rest(name?: string): Promise<SyncStatus>;
  post(path: string, token?: string): Promise<number>;
  /** The sum of a metric's samples that have these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export interface Status {
  readonly ready: boolean;
  readonly control: boolean;
  readonly config: { readonly reloadError: string | null };
  readonly syncs: readonly SyncStatus[];
}

export interface SyncStatus {
  readonly name: string;
  readonly state: string;
  readonly summary: string;
  readonly watermark: string | null;
  readonly lagSeconds: number | null;
  readonly nextRunAt: string | null;
  readonly job: { readonly kind: string; readonly seen: number } | null;
  readonly error: { readonly code: string } | null;
  readonly failing: number;
  readonly filesTable: string;
  readonly failedFiles: readonly { readonly fileId: string; readonly errorCode: string }[];
  readonly runs: readonly { readonly kind: string; readonly loaded: number }[];
  readonly lastSweep: object | null;
  readonly lastVerify: { readonly differences: number } | null;
}

/** A config of one sync or more, each with what stands below its name. */
export function serveConfig(
  syncs: Readonly<Record<string, string>>,
  serve = `controlToken: ${TOKEN}`,
  source = '',
): string {
  const sections = Object.entries(syncs).map(([name, text]) => `  ${name}: { ${text} }`);
  return `source:
  auth: ./auth.json
${source}
sink:
  type: duckdb
  path: ./lab.duckdb
serve:
  listen: 127.0.0.1:0
  ${serve}
syncs:
${sections.join('\n')}
`;
}

/** Starts the service and waits until it answers. */
export async function serving(w: World, environment?: NodeJS.ProcessEnv): Promise<Serving> {
  const { process: child, result } = w.start(['serve', '--log-level', 'debug'], environment);
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = result.then(({ code, signal }) => ({ code, signal }));
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const log = (): readonly Record<string, unknown>[] =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const url = await until(async () => {
    if (isOver) throw new Error(`it has ended: ${output}`);
    return log().find(({ msg }) => msg === 'serving')?.['url'] as string | undefined;
  });
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(url + path);
    return { status: response.status, text: await response.text() };
  };
  const status = async (): Promise<Status> => JSON.parse((await get('/status.json')).text);
  const sync = async (name = 'docs'): Promise<SyncStatus> => {
    const found = (await status()).syncs.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    url,
    pid: child.pid ?? 0,
    log,
    output: () => output,
    get,
    status,
    sync,
    rest: (name) =>
      until(async () => {
        const found = await sync(name);
        const isUp = found.state === 'up-to-date' || found.state === 'attention';
        return isUp && found.job === null && found;
      }),
    post: async (path, token = TOKEN) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(url + path, { method: 'POST', headers });
      await response.text();
      return response.status;
    },
    metric: async (name, labels = {}) => sum((await get('/metrics')).text, name, labels),
    signal: (name) => void child.kill(name),
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      }
    },
  };
}

function sum(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  let total = 0;
  for (const line of text.split('\n')) {
    const [, metric, given = '', value] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric !== name) continue;
    if (Object.entries(labels).every(([key, wanted]) => given.includes(`${key}="${wanted}"`)))
      total += Number(value);
  }
  return total;
}

/** Asks again until there is something, for 50 seconds at most: a busy machine takes its time. */
export async function until<T>(
  ask: () => Promise<T | undefined | false>,
  what: () => string = () => 'it',
): Promise<T> {
  const endMs = Date.now() + 50_000;
  while (true) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error(`waited in vain for ${what()}`);
    await delay(40);
  }
}
