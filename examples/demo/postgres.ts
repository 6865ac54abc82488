import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Client } from 'pg';

/** A PostgreSQL, for as long as the demo runs. */
export interface PostgresDemo extends AsyncDisposable {
  /** The `sink:` section of a config for it. */
  readonly settings: string;
  /** Runs queries on it. */
  query(...statements: readonly string[]): Promise<readonly string[]>;
}

/** What the demo asks of DuckDB, as PostgreSQL says it. */
export const POSTGRES_QUERIES: readonly string[] = [
  `SELECT category, coalesce(ids_type, '') AS ids_type, count(*) AS files, max(indexed_at)::date::text AS newest
   FROM tdp.lab_files WHERE status = 'loaded' GROUP BY 1, 2 ORDER BY 1, 2`,
  `SELECT to_char(f.created_at, 'YYYY-MM') AS month, count(DISTINCT s.id) AS samples,
          count(*) AS main_peaks, round(avg(p.percent_area)::numeric, 2) AS purity_percent
   FROM tdp.lcuv_empower_v2_injections_peaks p
   JOIN tdp.lcuv_empower_v2_injections i ON i._file_key = p._file_key AND i._row = p._parent_row
   JOIN tdp.lcuv_empower_v2_samples s ON s._file_key = i._file_key AND s.pk = i.fk_sample
   JOIN tdp.lab_files f ON f._file_key = p._file_key
   WHERE p.name = 'main' GROUP BY month ORDER BY month`,
];

/** Starts a server of its own, as the sink's tests do; or takes the database that the environment names. */
export async function startPostgres(): Promise<PostgresDemo> {
  const given = process.env['TDP_SYNC_TEST_POSTGRES_URL'];
  if (given !== undefined && given !== '') return demoOn(given, async () => undefined);
  const script = '../../packages/sink-postgres/test/server/serve.ts';
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value: first } = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next();
  if (typeof first !== 'string') throw new Error('PostgreSQL does not start; see above.');
  const { url }: { url: string } = JSON.parse(first);
  return demoOn(url, async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  });
}

function demoOn(url: string, end: () => Promise<void>): PostgresDemo {
  return {
    settings: `type: postgres\n  url: ${url}\n  schema: tdp\n`,
    query: (...statements) => answers(url, statements),
    [Symbol.asyncDispose]: end,
  };
}

async function answers(url: string, statements: readonly string[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const drawn: string[] = [];
    for (const text of statements) {
      const { fields, rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
      const table = new Table({
        head: fields.map(({ name }) => name),
        style: { head: [], border: [] },
      });
      table.push(...rows.map((row) => row.map((cell) => String(cell ?? ''))));
      drawn.push(table.toString());
    }
    return drawn;
  } finally {
    await client.end();
  }
}
