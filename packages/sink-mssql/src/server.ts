import { SinkError } from '@tdp-sync/sink';
import type { Connections } from './connection.ts';
import { READ_SERVER } from './sql.ts';

/** What the server and its database are like. */
export interface Server {
  /** Whether new tables are compressed. */
  readonly compresses: boolean;
  /** Whether who reads sees the rows of one moment without a lock. */
  readonly readsSnapshots: boolean;
}

/** `OPENJSON` and `STRING_SPLIT` need it: https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql */
const LEVEL = 130;

/** Asks what the server is like. @throws SinkError when it cannot do what is asked of it. */
export async function readServer(connections: Connections): Promise<Server> {
  const [[[compresses, level, readsSnapshots] = []] = []] = await connections.query(READ_SERVER);
  if (typeof level === 'number' && level < LEVEL) {
    throw new SinkError(
      'SINK_UNAVAILABLE',
      `The database's compatibility level is ${level}, and ${LEVEL} or higher is needed: ALTER DATABASE <database> SET COMPATIBILITY_LEVEL = 150.`,
    );
  }
  return { compresses: compresses === 1, readsSnapshots: readsSnapshots === 1 };
}
