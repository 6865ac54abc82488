import type { ReplicaStatus, ReplicasStatus } from '../status.ts';
import type { KnownReplica } from './saying.ts';
import { standing } from './standing.ts';

/** What a replica knows of all. */
export interface Known {
  readonly self: string;
  readonly replicas: readonly KnownReplica[];
  readonly notes: ReadonlyMap<string, unknown>;
  /** Why the queue could not be used the last time. */
  readonly trouble: string | undefined;
}

/** What is told of replicas. */
export function replicasStatus(
  { self, replicas, notes, trouble }: Known,
  nowMs: number,
  clean: (text: string) => string,
): ReplicasStatus {
  const roleOf = ({ id, says }: KnownReplica): ReplicaStatus['role'] => {
    const { leads, standsBy } = standing(replicas, id, notes);
    if (standsBy) return 'stands by';
    if (says?.isStopping === true) return 'stops';
    return leads ? 'leads' : 'works';
  };
  return {
    error: trouble === undefined ? null : clean(trouble),
    differing: standing(replicas, self, notes).differing,
    all: replicas.map((replica) => {
      const { id, says, firstMsAgo } = replica;
      return {
        ...{ name: says?.name ?? id, isSelf: id === self, role: roleOf(replica) },
        ...{ version: says?.version ?? null, limit: says?.limit ?? 0 },
        since: new Date(nowMs - firstMsAgo).toISOString(),
        jobs: (says?.jobs ?? []).map(({ sync, slice = null, status }) => ({
          ...{ sync, slice, kind: status.kind },
        })),
      };
    }),
  };
}
