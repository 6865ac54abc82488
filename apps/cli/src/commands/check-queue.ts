import { randomUUID } from 'node:crypto';
import type { LoadedConfig } from '../config/load.ts';
import { type Finding, ok, tried } from './finding.ts';

/** Longer than a queue takes that answers. */
const PATIENCE_MS = 15_000;

/** Whether the queue that replicas share gives what is put into it; of a service of its own, so that no replica is given anything. */
export async function checkQueue({ queue, config, baseDir }: LoadedConfig): Promise<Finding[]> {
  const { queue: settings } = config.serve;
  if (queue === undefined || settings === undefined) return [];
  const finding = await tried('queue', async () => {
    const key = randomUUID();
    const service = `${settings.name}.check`;
    const opened = await queue.adapter.open(queue.config, { service, replica: key, baseDir });
    await using trial = opened;
    await trial.schedule({ key, data: null });
    await trial.done(await trial.take(AbortSignal.timeout(PATIENCE_MS)), null);
    return ok('queue', `${settings.type} opens, and gives what is put into it`);
  });
  return [finding];
}
