import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { configJsonSchema } from './schema.ts';

/** Options of `tdp-sync init`. What is not given is asked for on a terminal, and takes its default elsewhere. */
export interface InitOptions {
  readonly dir: string;
  readonly force: boolean;
  readonly url?: string;
  readonly sync?: string;
  readonly sourceType?: string;
  readonly database?: string;
}

type Answers = Readonly<Record<'url' | 'sync' | 'sourceType' | 'database', string>>;

/** Writes a commented config, an example of its environment, and its JSON Schema for editors. Overwrites nothing unless forced. */
export async function init(options: InitOptions, console: Console): Promise<number> {
  const answers = await ask(options, console);
  await mkdir(options.dir, { recursive: true });
  const files: readonly (readonly [string, string])[] = [
    ['tdp-sync.yaml', configText(answers)],
    ['.env.example', ENVIRONMENT],
    ['tdp-sync.schema.json', `${JSON.stringify(await configJsonSchema(options.dir), null, 2)}\n`],
  ];
  for (const [name, text] of files) await write(join(options.dir, name), text, options.force);
  print(
    console,
    `Wrote ${files.map(([name]) => relative(process.cwd(), join(options.dir, name))).join(', ')}.`,
  );
  print(
    console,
    'Next: copy .env.example to .env and put your token in, install the sink (npm install @tdp-sync/sink-duckdb), then "tdp-sync check".',
  );
  return ExitCode.complete;
}

async function ask(options: InitOptions, console: Console): Promise<Answers> {
  const questions = [
    ['url', "Address of TDP's API", 'https://api.tetrascience.com'],
    ['sync', 'Name of the first sync', 'documents'],
    ['sourceType', 'Source type to sync, such as empower (empty: all)', ''],
    ['database', 'DuckDB file to write', './lab.duckdb'],
  ] as const;
  const anyGiven = questions.some(([key]) => options[key] !== undefined);
  const answers: Record<string, string> = {};
  const terminal =
    console.isTerminal && !anyGiven
      ? createInterface({ input: process.stdin, output: process.stderr })
      : undefined;
  for (const [key, question, fallback] of questions) {
    const asked = await terminal?.question(
      `${question}${fallback === '' ? '' : ` [${fallback}]`}: `,
    );
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

function configText({ url, sync, sourceType, database }: Answers): string {
  const filter =
    sourceType === '' ? '' : `      - term: { source.type: ${JSON.stringify(sourceType)} }\n`;
  return `# yaml-language-server: $schema=./tdp-sync.schema.json
source:
  url: ${JSON.stringify(url)}   # with or without /v1
  auth:                      # or the path of an auth.json with auth_token and org
    token: \${TS_AUTH_TOKEN}
    org: \${ORG_SLUG}

sink:
  type: duckdb
  path: ${JSON.stringify(database)}

syncs:
  ${sync}:                     # one row per file in ${sync}_files
    filter:                  # clauses of TDP's searchEql query; a file must match all of them
${filter}      - term: { category: IDS }
    tables: auto             # IDS documents become tables; left out: their JSON in one table, ${sync}
    # since: 2024-01-01      # left out: from the oldest file
    # every: 15m             # how often "tdp-sync serve" runs it; cron expressions too
    # settle: 1m             # windows end at least this long ago
    # lookback: 1h           # and begin this long before the watermark
    # content: ids           # ids | all | none: whose content is retrieved
`;
}

const ENVIRONMENT = `# Copy to .env and fill in. A service user's token suits unattended runs; personal ones live a day at most.
TS_AUTH_TOKEN=
ORG_SLUG=
# HTTPS_PROXY=http://proxy.example:3128
`;
