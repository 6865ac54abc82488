// What a command does that opens this database and nothing else. Plain JavaScript, as installed packages are.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(process.argv[2]);
const connection = await instance.connect();
await connection.run('SELECT * FROM _tdp_sync_state');
connection.closeSync();
instance.closeSync();
