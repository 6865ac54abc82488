import { dirname, resolve } from 'node:path';
import type { QueueAdapter } from '@tdp-sync/queue';
import type { ConfigIssue, ConfigSchema, SinkAdapter } from '@tdp-sync/sink';
import { z } from 'zod';
import type { Environment } from '../console.ts';
import { CliError } from '../exit.ts';
import { keepHeapSmall, memoryBound } from '../memory.ts';
import { resolveQueue } from '../queues.ts';
import { readText } from '../read-text.ts';
import { Redactor } from '../secrets.ts';
import { resolveSink } from '../sinks.ts';
import { interpolate, readEnvironment, variablesIn } from './environment.ts';
import { type Issue, issuesOf, type Path, type RawIssue, withoutConsequences } from './issues.ts';
import { report } from './report.ts';
import { type Config, configSchema } from './schema.ts';
import type { Shape } from './shapes.ts';
import { parseYaml } from './yaml.ts';

/** A config file that has been read and checked. */
export interface LoadedConfig {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder: where relative paths start and sinks are looked for. */
  readonly baseDir: string;
  /** What the file says, as it was read. */
  readonly text: string;
  readonly config: Config;
  readonly adapter: SinkAdapter;
  /** The sink's part, checked by its adapter. */
  readonly sinkConfig: unknown;
  /** What shares out the work among replicas of `serve`; `undefined` where there is one process. */
  readonly queue?: { readonly adapter: QueueAdapter; readonly config: unknown } | undefined;
  /** What the process may take, if anything bounds it. V8 is told already. */
  readonly memoryBytes: number | undefined;
  readonly environment: Environment;
  /** Knows every secret of the config. */
  readonly redactor: Redactor;
}

/** What a config is read with. */
interface Surroundings {
  readonly environment: Environment;
  readonly redactor?: Redactor;
}

/**
 * Reads a config file.
 *
 * @throws CliError that lists everything wrong with it, each with its path and line.
 */
export async function loadConfig(
  path: string,
  { environment: processEnvironment, redactor = new Redactor() }: Surroundings,
): Promise<LoadedConfig> {
  const file = resolve(path);
  const baseDir = dirname(file);
  const text = await readConfig(file);
  const { document, lines, value: written } = parseYaml(text, file);

  const environment = await readEnvironment(baseDir, processEnvironment);
  const { value, missing } = interpolate(written, environment);
  learnSecrets(redactor, value);
  learnVariables(redactor, variablesIn(text), environment);
  const issues: Issue[] = missing.map(({ name, path: at }) => ({
    path: at,
    is: 'unset',
    message: `the environment variable ${name} is not set (in the environment or in .env beside the config)`,
  }));
  const checked = configSchema.safeParse(value);
  if (!checked.success) issues.push(...ownIssues(checked.error.issues, value));
  const sink = await checkSink(value, baseDir);
  const queue = await checkQueue(value, sink.adapter ?? {}, sink.config, baseDir);
  issues.push(...sink.issues, ...queue.issues);
  if (issues.length > 0 || !checked.success || sink.adapter === undefined)
    throw new CliError(report(withoutConsequences(issues), { file, text, document, lines }));
  const memoryBytes = memoryBound(checked.data.memory);
  keepHeapSmall(memoryBytes);
  return {
    file,
    baseDir,
    text,
    memoryBytes,
    config: checked.data,
    adapter: sink.adapter,
    sinkConfig: sink.config,
    queue: queue.adapter && { adapter: queue.adapter, config: queue.config },
    environment,
    redactor,
  };
}

/** Not those of `syncs`: what is called key there is a column. */
function learnSecrets(redactor: Redactor, value: unknown): void {
  if (typeof value === 'object' && value !== null)
    for (const [name, part] of Object.entries(value))
      if (name !== 'syncs') redactor.knowConfig(part, name);
}

/** What the environment holds for tdp-sync, for the sinks' clients and for the SDK that sends traces. */
const READ_BY_OTHERS = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'TS_AUTH_TOKEN'],
  ...['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ...['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
];

function learnVariables(
  redactor: Redactor,
  asked: readonly string[],
  environment: Environment,
): void {
  for (const name of [...asked, ...READ_BY_OTHERS]) redactor.knowConfig(environment[name], name);
  const headers = environment['OTEL_EXPORTER_OTLP_HEADERS'] ?? '';
  for (const header of headers.split(',')) redactor.know(header.slice(header.indexOf('=') + 1));
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readText(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      `Cannot read the config file ${file}: ${why}. "tdp-sync init" writes one; --config names another.`,
      undefined,
      cause,
    );
  }
}

interface Checked<Adapter> {
  readonly adapter?: Adapter;
  readonly config?: unknown;
  readonly issues: readonly Issue[];
}

async function checkSink(value: unknown, baseDir: string): Promise<Checked<SinkAdapter>> {
  const { issues, ...checked } = await checkAdapter(['sink'], [], value, (type) =>
    resolveSink(type, baseDir),
  );
  return {
    ...checked,
    issues: issues.map((issue) =>
      isPublish(issue) ? { ...issue, message: NOTHING_TO_PUBLISH } : issue,
    ),
  };
}

/** Settings of `serve.queue` that are none of its adapter's. */
const OWN = ['name', 'sliceFiles'];

async function checkQueue(
  value: unknown,
  { isExclusive }: Pick<SinkAdapter, 'isExclusive'>,
  data: unknown,
  baseDir: string,
): Promise<Checked<QueueAdapter>> {
  const path = ['serve', 'queue'];
  const checked = await checkAdapter(path, OWN, value, (type) => resolveQueue(type, baseDir));
  if (checked.adapter === undefined) return checked;
  if (isExclusive === true) return { issues: [...checked.issues, { path, message: ONE_PROCESS }] };
  const [schema, ofData] = [checked.config, data].map((one) =>
    isRecord(one) ? one['schema'] : undefined,
  );
  if (schema === undefined || schema !== ofData) return checked;
  return { issues: [...checked.issues, { path: [...path, 'schema'], message: OF_DATA }] };
}

const OF_DATA =
  'the data has this schema, too; the queue needs one of its own, which holds nothing else';

const ONE_PROCESS =
  'this database is written by one process, so that several replicas cannot share it. Leave the setting out, or take a database that is a server';

/** The part of a config at this path, checked by the adapter that its `type` names. */
async function checkAdapter<Adapter extends { readonly config: ConfigSchema }>(
  path: readonly string[],
  own: readonly string[],
  value: unknown,
  resolve: (type: string) => Promise<Adapter>,
): Promise<Checked<Adapter>> {
  const part = path.reduce<unknown>(
    (whole, name) => (isRecord(whole) ? whole[name] : undefined),
    value,
  );
  if (!isRecord(part) || typeof part['type'] !== 'string') return { issues: [] };
  const rest = Object.fromEntries(
    Object.entries(part).filter(([name]) => name !== 'type' && !own.includes(name)),
  );
  try {
    const adapter = await resolve(part['type']);
    const result = await adapter.config['~standard'].validate(rest);
    if (result.issues === undefined) return { adapter, config: result.value, issues: [] };
    return {
      adapter,
      issues: adapterIssues(result.issues, adapter.config, { path, own, settings: rest }),
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { issues: [{ path: [...path, 'type'], message: error.message }] };
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function ownIssues(found: readonly RawIssue[], value: unknown): readonly Issue[] {
  const shape = z.toJSONSchema(configSchema, { io: 'input' }) as Shape;
  return found.flatMap((issue) => issuesOf(issue, { value, shape }));
}

interface Part {
  readonly path: readonly string[];
  /** Settings that are checked elsewhere. */
  readonly own: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

function adapterIssues(
  found: readonly ConfigIssue[],
  config: ConfigSchema,
  { path, own, settings }: Part,
): readonly Issue[] {
  const known = (config['~standard'].jsonSchema?.input({ target: 'draft-07' }) ?? {}) as Shape;
  const others = Object.fromEntries(own.map((name) => [name, {}]));
  let shape: Shape = { ...known, properties: { ...others, ...known.properties } };
  let value: unknown = settings;
  for (const name of path.toReversed()) {
    shape = { properties: { [name]: shape } };
    value = { [name]: value };
  }
  return found.flatMap((issue) =>
    issuesOf({ ...issue, path: [...path, ...pathOf(issue)] }, { value, shape }),
  );
}

/** Of a sink that has no such setting, since readers need no copy. */
function isPublish({ path, is }: Issue): boolean {
  return is === 'unknown' && path.join('.') === 'sink.publish';
}

const NOTHING_TO_PUBLISH =
  'there is nothing to publish: this database can be read while it is written. Only a DuckDB file shuts readers out; leave the setting out';

function pathOf({ path = [] }: ConfigIssue): Path {
  return path.map((part) => (typeof part === 'object' ? part.key : part));
}
