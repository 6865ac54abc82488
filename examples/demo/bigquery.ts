import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';

/** A BigQuery emulator, for as long as the demo runs. */
export interface BigQueryDemo extends AsyncDisposable {
  /** The `sink:` section of a config for it. */
  readonly settings: string;
  /** Runs queries on it. */
  query(...statements: readonly string[]): Promise<readonly string[]>;
}

/** Which files there are. */
export const BIGQUERY_KINDS = `SELECT category, IFNULL(ids_type, '') AS ids_type, COUNT(*) AS files
   FROM \`test.lab.lab_files\` WHERE status = 'loaded' GROUP BY 1, 2 ORDER BY 1, 2`;

/** Starts the emulator as the sink's tests do: with what it lacks in front of it. */
export async function startBigQuery(): Promise<BigQueryDemo> {
  const script = '../../packages/sink-bigquery/test/emulator/serve.ts';
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value: first } = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next();
  if (typeof first !== 'string')
    throw new Error('The BigQuery emulator does not start; see above.');
  const { url, project }: { url: string; project: string } = JSON.parse(first);
  return {
    settings: `type: bigquery
  project: ${project}
  dataset: lab
  apiEndpoint: ${url}
`,
    query: async (...statements) => {
      const drawn: string[] = [];
      for (const query of statements) drawn.push(await answer(url, project, query));
      return drawn;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function answer(url: string, project: string, query: string): Promise<string> {
  const response = await fetch(`${url}/bigquery/v2/projects/${project}/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, useLegacySql: false }),
  });
  const { schema, rows = [] } = (await response.json()) as {
    readonly schema?: { readonly fields?: readonly { readonly name: string }[] };
    readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
  };
  const head = (schema?.fields ?? []).map(({ name }) => name);
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map(({ f }) => f.map(({ v }) => (v === null ? '' : String(v)))));
  return table.toString();
}
