import type { QueueAdapter } from '@tdp-sync/queue';
import { type AdapterKind, importAdapter, isAdapterLike } from './adapters.ts';
import { CliError } from './exit.ts';

const QUEUE: AdapterKind = {
  word: 'queue',
  official: { postgres: '@tdp-sync/queue-postgres' },
  guide: 'docs/scale-out.md',
};

/** The short names of the official queues. */
export const officialQueues: readonly string[] = Object.keys(QUEUE.official);

/**
 * The adapter that a config's `serve.queue.type` names.
 *
 * @throws CliError when there is none, with the ways to have one.
 */
export async function resolveQueue(type: string, baseDir: string): Promise<QueueAdapter> {
  const module = await importAdapter(QUEUE, type, '', baseDir);
  const adapter = module['default'];
  if (!isAdapterLike(adapter))
    throw new CliError(`"${type}" is no queue: its default export is not a queue adapter.`);
  if (adapter.contract !== 1)
    throw new CliError(
      `The queue "${type}" keeps version ${String(adapter.contract)} of the contract, this tdp-sync version 1. Install matching versions`,
    );
  return adapter as QueueAdapter;
}
