import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import snowflake from 'snowflake-sdk';

/** What stands in for Snowflake, for as long as the demo runs. */
export interface SnowflakeDemo extends AsyncDisposable {
  /** The `sink:` section of a config for it. */
  readonly settings: string;
  /** Runs queries on it. */
  query(...statements: readonly string[]): Promise<readonly string[]>;
}

/** What the demo asks of DuckDB, as Snowflake says it: no name needs quotes. */
export const SNOWFLAKE_QUERIES: readonly string[] = [
  `SELECT category, COALESCE(ids_type, '') AS ids_type, TO_VARCHAR(COUNT(*)) AS files,
          TO_VARCHAR(CONVERT_TIMEZONE('UTC', MAX(indexed_at))::DATE, 'YYYY-MM-DD') AS newest
   FROM lab_files WHERE status = 'loaded' GROUP BY category, ids_type ORDER BY category, ids_type`,
];

interface Login {
  readonly url: string;
  readonly account: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly schema: string;
}

/** Starts fakesnow, as the sink's tests do. */
export async function startSnowflake(): Promise<SnowflakeDemo> {
  const script = '../../packages/sink-snowflake/test/server/serve.ts';
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value: first } = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next();
  if (typeof first !== 'string') throw new Error('fakesnow does not start; see above.');
  const login: Login = JSON.parse(first);
  const settings = Object.entries(login).map(([name, value]) => `  ${name}: ${value}\n`);
  return {
    settings: `type: snowflake\n${settings.join('')}`,
    query: (...statements) => answers(login, statements),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function answers(login: Login, statements: readonly string[]): Promise<readonly string[]> {
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const { url: accessUrl, user: username, ...others } = login;
  const connection = snowflake.createConnection({ ...others, accessUrl, username });
  await connection.connectAsync();
  try {
    return await Promise.all(statements.map((sqlText) => drawn(connection, sqlText)));
  } finally {
    await new Promise((done) => connection.destroy(done));
  }
}

function drawn(connection: snowflake.Connection, sqlText: string): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      rowMode: 'array',
      complete: (error, statement, rows = []) => {
        if (error) return reject(error);
        const head = (statement.getColumns() ?? []).map((column) => column.getName().toLowerCase());
        const table = new Table({ head, style: { head: [], border: [] } });
        table.push(...rows.map((row: unknown[]) => row.map((cell) => String(cell ?? ''))));
        resolve(table.toString());
      },
    });
  });
}
