import type { MssqlInput } from '../src/config.ts';

const VARIABLE = 'TDP_SYNC_TEST_MSSQL_URL';
const given = process.env[VARIABLE];

/** Whether a server was named. In CI for this sink one always is. */
export const hasServer: boolean = given !== undefined && given !== '';

/** The title of a suite that needs a server: says why it is skipped. */
export function title(name: string): string {
  return hasServer ? name : `${name} [skipped: set ${VARIABLE}]`;
}

/**
 * The config for the server that `TDP_SYNC_TEST_MSSQL_URL` names: a connection string as ADO.NET writes it, or
 * `mssql://user:password@host:1433/database?trustServerCertificate=true&encrypt=true`.
 */
export function serverConfig(): MssqlInput {
  const text = given ?? '';
  if (!/^(?:mssql|sqlserver):\/\//.test(text)) return { connectionString: text };
  const url = new URL(text);
  const flag = (name: string, otherwise: boolean) =>
    (url.searchParams.get(name) ?? String(otherwise)) === 'true';
  return {
    server: url.hostname,
    port: url.port === '' ? 1_433 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || 'master',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    encrypt: flag('encrypt', true),
    trustServerCertificate: flag('trustServerCertificate', false),
  };
}
