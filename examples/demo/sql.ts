import { fileURLToPath } from 'node:url';
import { query } from './query.ts';

/** Runs one SQL statement on the demo's database: npm run demo:sql -- "SELECT ..." */
const [statement] = process.argv.slice(2);
if (statement === undefined) {
  console.error(
    'Usage: npm run demo:sql -- "SELECT ids_type, count(*) FROM lab_files GROUP BY ALL"',
  );
  process.exit(2);
}
const file = fileURLToPath(new URL('../../.demo/lab.duckdb', import.meta.url));
try {
  console.log((await query(file, statement))[0]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
