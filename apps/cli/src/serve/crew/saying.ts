import { createHash } from 'node:crypto';
import type { Json, ReplicaView } from '@tdp-sync/queue';
import { z } from 'zod';
import type { Runtime } from '../runtime.ts';
import type { JobStatus } from '../status.ts';
import type { SaidJob, SyncBoard } from '../sync-board.ts';

const said = z.object({
  /** Where it is: the machine, or the pod, and the process. */
  name: z.string(),
  version: z.string(),
  /** A fingerprint of each part of the config that decides what rows there are. */
  config: z.record(z.string(), z.string()),
  isStopping: z.boolean(),
  /** Files that it may retrieve at once. */
  limit: z.number(),
  jobs: z.array(
    z.object({
      sync: z.string(),
      slice: z.int().exactOptional(),
      status: z.custom<JobStatus>((value) => typeof value === 'object' && value !== null),
      /** How long ago the sync got on. */
      gotMsAgo: z.number().default(0),
      /** The newest file that TDP has shown, and how far the sync has come. */
      newestMs: z.number().exactOptional(),
      watermarkMs: z.number().exactOptional(),
    }),
  ),
});

/** What a replica says of itself. */
export type Saying = z.infer<typeof said>;

/** A replica, with what it has said; `undefined` where another version says it in another way. */
export interface KnownReplica {
  readonly id: string;
  readonly firstMsAgo: number;
  readonly says: Saying | undefined;
}

/** What replicas have said. */
export function heardOf(replicas: readonly ReplicaView[]): readonly KnownReplica[] {
  return replicas.map(({ id, firstMsAgo, says }) => ({
    ...{ id, firstMsAgo },
    says: said.safeParse(says).data,
  }));
}

/** What a replica says of a job that it is at work on. */
export function sayingOf(
  { name: sync, progress }: SyncBoard,
  job: SaidJob,
  nowMs: number,
): Saying['jobs'][number] {
  const { newestMs, watermarkMs } = progress.known;
  // Only a run knows.
  if (job.status.kind !== 'run') return { ...job, sync, gotMsAgo: nowMs - progress.gotAtMs };
  return {
    ...{ ...job, sync, gotMsAgo: nowMs - progress.gotAtMs },
    ...(newestMs === undefined ? {} : { newestMs }),
    ...(watermarkMs === undefined ? {} : { watermarkMs }),
  };
}

/** For a queue. */
export function jsonOf(saying: Saying): Json {
  return saying as unknown as Json;
}

/** Fingerprints of a config, part by part: what replicas must have in common. No secret goes into them. */
export function fingerprints({ loaded, source, transforms }: Runtime): Record<string, string> {
  const { config, redactor } = loaded;
  const of = (value: unknown): string =>
    createHash('sha256')
      .update(redactor.clean(JSON.stringify(value)))
      .digest('hex')
      .slice(0, 16);
  return {
    source: of([source.url, source.id]),
    sink: of(config.sink),
    ...Object.fromEntries(
      Object.entries(config.syncs).map(([name, sync]) => [
        `syncs.${name}`,
        of([sync, transforms.get(name)?.fingerprint]),
      ]),
    ),
  };
}
