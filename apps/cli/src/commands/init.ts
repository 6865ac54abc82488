import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text as readAll } from 'node:stream/consumers';
import { SyncError } from '@tdp-sync/core';
import { clauseText } from '../config/clause-text.ts';
import { type FromQuery, fromQuery } from '../config/query.ts';
import { syncName } from '../config/schema.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { readText } from '../read-text.ts';
import { counted } from '../render/format.ts';
import { resolveSink } from '../sinks.ts';
import { readAuthFile } from '../sync/credentials.ts';
import { visible } from '../visible.ts';
import { configJsonSchema } from './schema.ts';

/** Options of `tdp-sync init`. What is not given is asked for on a terminal, and takes its default elsewhere. */
export interface InitOptions {
  readonly dir: string;
  readonly force: boolean;
  /** A file with a search, or `-` for stdin. */
  readonly from?: string;
  readonly url?: string;
  readonly sync?: string;
  readonly sourceType?: string;
  readonly database?: string;
}

/** The config that every command looks for. */
const CONFIG = 'tdp-sync.yaml';

type Answers = Readonly<Record<'url' | 'sync' | 'sourceType' | 'database', string>>;

/** What an auth.json beside the config says besides the token. */
interface Beside {
  readonly org: string;
  readonly url: string | undefined;
}

/** Writes a commented config, an example of its environment, and its JSON Schema for editors. Overwrites nothing unless forced. */
export async function init(options: InitOptions, console: Console): Promise<number> {
  const search = options.from === undefined ? undefined : await readSearch(options.from);
  const beside = await authBeside(options.dir);
  if (search !== undefined && options.sourceType !== undefined)
    throw new CliError(
      'A search that is taken over says itself which files are meant: leave out --source-type, or --from.',
    );
  const answers = await ask(options, beside, search !== undefined, console);
  const named = syncName.safeParse(answers.sync);
  if (!named.success)
    throw new CliError(`--sync: ${named.error.issues[0]?.message}. Nothing was written.`);
  await mkdir(options.dir, { recursive: true });
  const files: readonly (readonly [string, string])[] = [
    [CONFIG, configText({ answers, beside, search })],
    ...(beside === undefined ? [['.env.example', ENVIRONMENT] as const] : []),
    ['tdp-sync.schema.json', `${JSON.stringify(await configJsonSchema(options.dir), null, 2)}\n`],
  ];
  for (const [name, text] of files) await write(join(options.dir, name), text, options.force);
  print(
    console,
    `Wrote ${files.map(([name]) => relative(process.cwd(), join(options.dir, name))).join(', ')}.`,
    ...(search === undefined ? [] : taken(search)),
    ...(beside === undefined
      ? []
      : [`It uses the auth.json that is there, of the organisation ${beside.org}.`]),
    `Next: ${(await nextSteps(options.dir, beside)).join(', then ')}.`,
  );
  return ExitCode.complete;
}

/** A search that has been read. */
interface ReadSearch extends FromQuery {
  /** It stood in a program or a command, which may have done something with it. */
  readonly isProgram: boolean;
}

async function readSearch(from: string): Promise<ReadSearch> {
  const name = from === '-' ? 'What came on stdin' : from;
  const text = from === '-' ? await readAll(process.stdin) : await readFrom(from);
  const search = searchIn(text, name);
  if (search !== undefined) return { ...search, isProgram: isProgram(text) };
  throw new CliError(
    `${name} has no search in it: expected a body of searchEql, such as {"query": {"bool": {"must": [...]}}}, as JSON, in a command such as curl, or in a cell of a notebook.`,
  );
}

function searchIn(text: string, name: string): FromQuery | undefined {
  try {
    return fromQuery(text);
  } catch (error) {
    throw error instanceof CliError
      ? new CliError(`${name}: ${error.message}`, undefined, error)
      : error;
  }
}

async function readFrom(file: string): Promise<string> {
  try {
    return await readText(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`Cannot read ${file}: ${why}.`, undefined, cause);
  }
}

function isProgram(text: string): boolean {
  try {
    const { cells } = JSON.parse(text) as { readonly cells?: unknown };
    return cells !== undefined;
  } catch {
    return true;
  }
}

function taken({ filter, since, left, isProgram }: ReadSearch): readonly string[] {
  const what = `${counted(filter.length, 'clause')} of the search ${filter.length === 1 ? 'is' : 'are'} in "filter"`;
  return [
    `${what}${since === undefined ? '' : `, and "since" is ${since}`}.`,
    ...(left.length === 0 ? [] : ['Left out:', ...left.map((one) => `  ${one}`)]),
    ...(isProgram
      ? [
          'The search was read as it is written. What the text does with it besides is not seen, such as append(), replace() or an index in the address: compare the number that "check" tells with that of the search.',
        ]
      : []),
  ];
}

async function authBeside(dir: string): Promise<Beside | undefined> {
  const path = join(dir, 'auth.json');
  if (!existsSync(path)) return undefined;
  try {
    const { org, api_url: url } = await readAuthFile(path);
    return { org, url };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw new CliError(
      `${error.message} Nothing was written. Mend it, or move it elsewhere: without one init writes a config that takes token and organisation from the environment.`,
      ExitCode.access,
      error,
    );
  }
}

async function nextSteps(dir: string, beside: Beside | undefined): Promise<readonly string[]> {
  const steps = beside === undefined ? ['copy .env.example to .env and put your token in'] : [];
  try {
    await resolveSink('duckdb', dir);
  } catch {
    // Where the command runs from its repository, the sink is beside it.
    steps.push('install the sink (npm install @tdp-sync/sink-duckdb, once it is on npm)');
  }
  const config = relative(process.cwd(), join(dir, CONFIG));
  // As it is typed: the command looks for the config in the folder where it is run.
  const named = config === CONFIG ? '' : ` --config ${/\s/.test(config) ? `"${config}"` : config}`;
  return [...steps, `tdp-sync check${named}`];
}

async function ask(
  options: InitOptions,
  beside: Beside | undefined,
  hasSearch: boolean,
  console: Console,
): Promise<Answers> {
  const questions = [
    ['url', "Address of TDP's API", beside?.url ?? 'https://api.tetrascience.com'],
    ['sync', 'Name of the first sync', 'documents'],
    ['sourceType', 'Source type to sync, such as empower (empty: all)', ''],
    ['database', 'DuckDB file to write', './lab.duckdb'],
  ] as const;
  const known = [
    ...(beside?.url === undefined ? [] : ['url']),
    ...(hasSearch ? ['sourceType'] : []),
  ];
  const anyGiven = options.from === '-' || questions.some(([key]) => options[key] !== undefined);
  const answers: Record<string, string> = {};
  const terminal =
    console.isTerminal && !anyGiven
      ? createInterface({ input: process.stdin, output: process.stderr })
      : undefined;
  for (const [key, question, fallback] of questions) {
    const shown = `${question}${fallback === '' ? '' : ` [${fallback}]`}: `;
    const asked = known.includes(key) ? undefined : await terminal?.question(shown);
    answers[key] = options[key] ?? (asked?.trim() || fallback);
  }
  terminal?.close();
  return answers as Answers;
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new CliError(
      exists ? `${path} is there already; --force overwrites it.` : `Cannot write ${path}.`,
      undefined,
      cause,
    );
  }
}

/** What a config is written from. */
interface Given {
  readonly answers: Answers;
  readonly beside: Beside | undefined;
  readonly search: FromQuery | undefined;
}

function configText({ answers, beside, search }: Given): string {
  const { url, sync, database } = answers;
  const since = search?.since;
  return `# yaml-language-server: $schema=./tdp-sync.schema.json
source:
  url: ${JSON.stringify(url)}   # with or without /v1
${authText(beside)}
sink:
  type: duckdb
  path: ${JSON.stringify(database)}

syncs:
  ${sync}:                     # one row per file in ${sync}_files
    filter:                  # clauses of TDP's searchEql query; a file must match all of them
${clausesText(answers, search)}
    tables: auto             # IDS documents become tables; left out: their JSON in one table, ${sync}
    ${since === undefined ? '# since: 2024-01-01     ' : `since: ${since}`} # left out: from the oldest file
    # every: 15m             # how often "tdp-sync serve" runs it; cron expressions too
    # settle: 1m             # windows end at least this long ago
    # lookback: 1h           # and begin this long before the watermark
    # content: ids           # ids | all | none: whose content is retrieved
`;
}

function authText(beside: Beside | undefined): string {
  if (beside !== undefined)
    return `  auth: ./auth.json          # of the organisation ${visible(beside.org)}
`;
  return `  auth:                      # or the path of an auth.json with auth_token and org
    token: \${TS_AUTH_TOKEN}
    org: \${ORG_SLUG}
`;
}

function clausesText({ sourceType }: Answers, search: FromQuery | undefined): string {
  const clauses = search?.filter ?? [
    ...(sourceType === '' ? [] : [{ term: { 'source.type': sourceType } }]),
    { term: { category: 'IDS' } },
  ];
  if (clauses.length === 0)
    return '      []                     # all files that the token may see';
  return clauses.map((clause) => `      - ${clauseText(clause)}`).join('\n');
}

const ENVIRONMENT = `# Copy to .env and fill in. A service user's token suits unattended runs; personal ones live a day at most.
TS_AUTH_TOKEN=
ORG_SLUG=
# HTTPS_PROXY=http://proxy.example:3128
`;
