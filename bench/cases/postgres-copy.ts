import { configSchema } from '../../packages/sink-postgres/src/config.ts';
import { Session } from '../../packages/sink-postgres/src/connection.ts';
import { readSettings } from '../../packages/sink-postgres/src/settings.ts';
import { encode, sqlType } from '../../packages/sink-postgres/src/values.ts';
import { PEAKS, peak } from '../mssql/rows.ts';
import { report } from '../process.ts';

/** COPY alone: the same rows by the driver, in portions as large as the sink's, into a temporary table of the same types. */
interface Input {
  readonly url: string;
  readonly documents: number;
  readonly rowsPerDocument: number;
}

const PORTION = 50_000;
const { url, documents, rowsPerDocument } = JSON.parse(process.argv[2] ?? '{}') as Input;
const rows = Array.from({ length: documents * rowsPerDocument }, (_, n) => peak(n));
const session = await Session.open(await readSettings(configSchema.parse({ url }), process.cwd()));
const columns = PEAKS.columns.map(({ type }, at) => `c${at} ${sqlType(type, 'jsonb')}`);
await session.run(`CREATE TEMPORARY TABLE copied (${columns.join(', ')})`);
await report(
  async () => {
    for (let from = 0; from < rows.length; from += PORTION) {
      const lines = rows.slice(from, from + PORTION).map((row) => row.map(encode).join('\t'));
      await session.copy('COPY pg_temp.copied FROM STDIN', Buffer.from(`${lines.join('\n')}\n`));
    }
    return documents;
  },
  async () => ({
    rows: Number((await session.query('SELECT count(*) FROM pg_temp.copied')).rows[0]?.[0]),
  }),
);
await session.close();
