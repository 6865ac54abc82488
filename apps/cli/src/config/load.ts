import { dirname, resolve } from 'node:path';
import type { ConfigIssue, SinkAdapter } from '@tdp-sync/sink';
import { type Document, isMap, isNode, type LineCounter } from 'yaml';
import type { Environment } from '../console.ts';
import { CliError } from '../exit.ts';
import { readText } from '../read-text.ts';
import { Redactor } from '../secrets.ts';
import { resolveSink } from '../sinks.ts';
import { interpolate, readEnvironment, variablesIn } from './environment.ts';
import { type Config, configSchema } from './schema.ts';
import { parseYaml } from './yaml.ts';

/** A config file that has been read and checked. */
export interface LoadedConfig {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder: where relative paths start and sinks are looked for. */
  readonly baseDir: string;
  readonly config: Config;
  readonly adapter: SinkAdapter;
  /** The sink's part, checked by its adapter. */
  readonly sinkConfig: unknown;
  readonly environment: Environment;
  /** Knows every secret of the config. */
  readonly redactor: Redactor;
}

/** What a config is read with. */
interface Surroundings {
  readonly environment: Environment;
  readonly redactor?: Redactor;
}

type Path = readonly PropertyKey[];
interface Issue {
  readonly path: Path;
  readonly message: string;
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
    message: `the environment variable ${name} is not set (in the environment or in .env beside the config)`,
  }));
  const checked = configSchema.safeParse(value);
  if (!checked.success) issues.push(...checked.error.issues.flatMap(flatten));
  const sink = await checkSink(value, baseDir);
  issues.push(...sink.issues);
  if (issues.length > 0 || !checked.success || sink.adapter === undefined)
    throw new CliError(report(file, issues, document, lines));
  return {
    file,
    baseDir,
    config: checked.data,
    adapter: sink.adapter,
    sinkConfig: sink.config,
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

async function checkSink(
  value: unknown,
  baseDir: string,
): Promise<{ adapter?: SinkAdapter; config?: unknown; issues: readonly Issue[] }> {
  const sink =
    typeof value === 'object' && value !== null && 'sink' in value ? value.sink : undefined;
  if (
    typeof sink !== 'object' ||
    sink === null ||
    !('type' in sink) ||
    typeof sink.type !== 'string'
  )
    return { issues: [] };
  const { type, ...rest } = sink;
  try {
    const adapter = await resolveSink(type, baseDir);
    const result = await adapter.config['~standard'].validate(rest);
    if (result.issues === undefined) return { adapter, config: result.value, issues: [] };
    return {
      adapter,
      issues: result.issues.map((issue) => ({
        path: ['sink', ...pathOf(issue)],
        message: issue.message,
      })),
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { issues: [{ path: ['sink', 'type'], message: error.message }] };
  }
}

function pathOf({ path = [] }: ConfigIssue): Path {
  return path.map((part) => (typeof part === 'object' ? part.key : part));
}

/** Zod puts a bad key of a record, and the branches of a union, inside one issue. */
function flatten(issue: {
  readonly path: Path;
  readonly message: string;
  readonly code?: string;
  readonly keys?: unknown;
  readonly issues?: unknown;
}): Issue[] {
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
    return issue.keys.map((key: string) => ({
      path: [...issue.path, key],
      message: 'there is no such setting',
    }));
  }
  if (issue.code === 'invalid_key' && Array.isArray(issue.issues)) {
    return issue.issues.map((inner: Issue) => ({ path: issue.path, message: inner.message }));
  }
  return [{ path: issue.path, message: issue.message }];
}

function report(
  file: string,
  issues: readonly Issue[],
  document: Document,
  lines: LineCounter,
): string {
  const found = issues
    .map((issue) => ({ ...issue, line: lineOf(issue.path, document, lines) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ path, message, line }) => {
      const where = path.map(String).join('.') || 'the file';
      return `  ${where}${line === undefined ? '' : ` (line ${line})`}: ${message}`;
    });
  const count = issues.length === 1 ? 'One thing is' : `${issues.length} things are`;
  return `${count} wrong in ${file}:\n${found.join('\n')}`;
}

/** The line of a path's key, or of the nearest part of it that the file has. */
function lineOf(path: Path, document: Document, lines: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(path.slice(0, length), document);
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
}

function offsetOf(path: Path, document: Document): number | undefined {
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = String(path.at(-1));
  const key = isMap(parent)
    ? parent.items.find((pair) => String(pair.key) === name)?.key
    : undefined;
  const node = key ?? document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
