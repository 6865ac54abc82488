import type { KnownReplica, Saying } from './saying.ts';

/** How a replica stands to the others. */
export interface Standing {
  /** It decides what is due. */
  readonly leads: boolean;
  /** Others have a newer config: it does nothing, since it would make rows by an older one. */
  readonly standsBy: boolean;
  /** The parts of the config in which any of them differ; empty when all have the same. */
  readonly differing: readonly string[];
}

/** Replicas may say a moment late how old their config is. */
const TIE_MS = 5000;

/**
 * How a replica stands. The config counts that came in last, so that in a rolling update the first new replica takes over from all old ones; of those that
 * have it, the one leads that has been there for the longest time.
 */
export function standing(replicas: readonly KnownReplica[], self: string): Standing {
  const known = replicas.flatMap(({ id, says }) => (says === undefined ? [] : { id, says }));
  const own = known.find(({ id }) => id === self)?.says;
  if (own === undefined) return { leads: false, standsBy: false, differing: [] };
  const newest = newestConfig(known.map(({ says }) => says));
  const peers = known.filter(({ says }) => formOf(says) === newest && !says.isStopping);
  const standsBy = formOf(own) !== newest;
  return {
    leads: !standsBy && peers[0]?.id === self,
    standsBy,
    differing: differing(known.map(({ says }) => says.config)),
  };
}

/** The config that appeared after all others: as old as the replica that has had it for the longest time. */
function newestConfig(sayings: readonly Saying[]): string {
  const ages = new Map<string, number>();
  for (const says of sayings) {
    const form = formOf(says);
    ages.set(form, Math.max(says.configMsAgo, ages.get(form) ?? 0));
  }
  const [[newest] = ['']] = [...ages].toSorted(([one, age], [other, otherAge]) =>
    Math.abs(age - otherAge) > TIE_MS ? age - otherAge : one < other ? -1 : 1,
  );
  return newest;
}

function formOf({ config }: Saying): string {
  return JSON.stringify(
    Object.entries(config).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function differing(configs: readonly Readonly<Record<string, string>>[]): readonly string[] {
  const parts = new Set(configs.flatMap((config) => Object.keys(config)));
  return [...parts].filter((part) => new Set(configs.map((config) => config[part])).size > 1);
}
