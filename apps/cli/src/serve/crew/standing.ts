import { createHash } from 'node:crypto';
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

const CONFIGS = 'config/';

/** Under which name replicas note when a config came in first: those that came later have the greater number. */
export function configNote(config: Saying['config']): string {
  return `${CONFIGS}${formOf(config)}`;
}

/** Whether this is the note of a config. */
export function isConfigNote(name: string): boolean {
  return name.startsWith(CONFIGS);
}

/** The number that a config is noted with when it comes in. */
export function nextNumber(notes: ReadonlyMap<string, unknown>): number {
  return Math.max(0, ...numbersOf(notes).values()) + 1;
}

/**
 * How a replica stands. Of the configs that replicas have, the one counts that came in last, so that in a rolling update the first new replica takes over from all old
 * ones, and none of these, begun anew, takes anything back; of those that have it, the one leads that has been there for the longest time.
 */
export function standing(
  replicas: readonly KnownReplica[],
  self: string,
  notes: ReadonlyMap<string, unknown>,
): Standing {
  const known = replicas.flatMap(({ id, says }) => (says === undefined ? [] : { id, says }));
  const own = known.find(({ id }) => id === self)?.says;
  if (own === undefined) return { leads: false, standsBy: false, differing: [] };
  const numbers = numbersOf(notes);
  const numberOf = ({ config }: Saying): number =>
    numbers.get(configNote(config)) ?? Number.MAX_SAFE_INTEGER;
  const [newest] = known
    .map(({ says }) => says)
    .toSorted(
      (one, other) =>
        numberOf(other) - numberOf(one) ||
        (configNote(one.config) < configNote(other.config) ? -1 : 1),
    );
  const form = configNote((newest ?? own).config);
  const peers = known.filter(({ says }) => configNote(says.config) === form && !says.isStopping);
  const standsBy = configNote(own.config) !== form;
  return {
    leads: !standsBy && peers[0]?.id === self,
    standsBy,
    differing: differing(known.map(({ says }) => says.config)),
  };
}

function numbersOf(notes: ReadonlyMap<string, unknown>): ReadonlyMap<string, number> {
  return new Map(
    [...notes].flatMap(([name, value]) =>
      isConfigNote(name) && typeof value === 'number' ? [[name, value] as const] : [],
    ),
  );
}

function formOf(config: Saying['config']): string {
  const parts = Object.entries(config).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

function differing(configs: readonly Readonly<Record<string, string>>[]): readonly string[] {
  const parts = new Set(configs.flatMap((config) => Object.keys(config)));
  return [...parts].filter((part) => new Set(configs.map((config) => config[part])).size > 1);
}
