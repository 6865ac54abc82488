import { gzipSync } from 'node:zlib';
import { SinkError } from '@tdp-sync/sink';
import type { Session } from './session.ts';

const CREATE = 'CREATE OR REPLACE TEMPORARY TABLE _TDP_SYNC_TRIAL (V VARIANT)';
const PUT =
  'PUT file:///tdp-sync/trial.json.gz @%_TDP_SYNC_TRIAL AUTO_COMPRESS=FALSE SOURCE_COMPRESSION=GZIP OVERWRITE=TRUE';
const LIST = 'LIST @%_TDP_SYNC_TRIAL';

/**
 * Sends a small file to a stage, so that a firewall which knows Snowflake's host but not that of the stage is found before there are
 * files to load. Needs no warehouse. Whether the file is there is asked for: the driver does not always say.
 */
export async function tryStage(session: Session): Promise<void> {
  await session.query(CREATE);
  await session.put(PUT, gzipSync('{}\n'));
  const { rows } = await session.query(LIST);
  if (rows.length > 0) return;
  throw new SinkError(
    'SINK_UNAVAILABLE',
    'A file that was sent to a stage has not arrived there. The firewall must let this computer reach the hosts of STAGE in SYSTEM$ALLOWLIST(), at the cloud that holds the account.',
    { retryable: true },
  );
}
