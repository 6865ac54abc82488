import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Queue } from '@tdp-sync/queue';
import type { Service } from '../service.ts';
import { Crew } from './crew.ts';
import type { CrewParts, Queues } from './parts.ts';

/** Makes a service one of several replicas, where its config asks for that. */
export function joinCrew(
  service: Service,
  parts: Pick<CrewParts, 'clock' | 'log' | 'signal'>,
): Crew | undefined {
  const { queue, config, baseDir } = service.runtime.loaded;
  const { queue: settings } = config.serve;
  if (queue === undefined || settings === undefined) return undefined;
  const name = `${hostname()}:${process.pid}`;
  const id = `${name}/${randomUUID().slice(0, 8)}`;
  const open = (of: string): Promise<Queue> =>
    queue.adapter.open(queue.config, { service: of, replica: id, baseDir });
  const openQueues = async (): Promise<Queues> => {
    const lanes = await open(settings.name);
    try {
      return { lanes, slices: await open(`${settings.name}.slices`) };
    } catch (error) {
      await lanes[Symbol.asyncDispose]();
      throw error;
    }
  };
  return new Crew(service, { ...parts, id, name, openQueues, sliceFiles: settings.sliceFiles });
}
