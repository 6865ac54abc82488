import { expect, it } from 'vitest';
import type { KnownReplica } from '../../src/serve/crew/saying.ts';
import { configNote, nextNumber, standing } from '../../src/serve/crew/standing.ts';

interface Told {
  readonly config?: Record<string, string>;
  readonly isStopping?: boolean;
}

/** Replicas, the oldest first. */
function replicas(...all: readonly Told[]): readonly KnownReplica[] {
  return all.map(({ config = { 'syncs.lab': 'a' }, isStopping = false }, at) => ({
    ...{ id: `${at}`, firstMsAgo: 100_000 - at },
    says: {
      name: `pod-${at}`,
      version: '1',
      limit: 16,
      jobs: [],
      config,
      isStopping,
    },
  }));
}

/** What is noted when configs come in one after the other. */
function noted(...configs: readonly Record<string, string>[]): ReadonlyMap<string, number> {
  const notes = new Map<string, number>();
  for (const config of configs) notes.set(configNote(config), nextNumber(notes));
  return notes;
}

/** Who leads, and who stands by. */
function roles(all: readonly KnownReplica[], notes = noted(OLD, NEW)) {
  const each = all.map(({ id }) => ({ id, ...standing(all, id, notes) }));
  return {
    leads: each.filter(({ leads }) => leads).map(({ id }) => id),
    standBy: each.filter(({ standsBy }) => standsBy).map(({ id }) => id),
    differing: each[0]?.differing,
  };
}

const OLD = { 'syncs.lab': 'a' };
const NEW = { 'syncs.lab': 'b' };

it('the one that has been there for the longest time leads', () => {
  expect(roles(replicas({}, {}, {}))).toEqual({ leads: ['0'], standBy: [], differing: [] });
});

it('one that stops leads no more', () => {
  expect(roles(replicas({ isStopping: true }, {}, {})).leads).toEqual(['1']);
  expect(roles(replicas({ isStopping: true })).leads).toEqual([]);
});

it('in a rolling update the first new replica takes over, and the old ones stand by', () => {
  const all = replicas({}, {}, { config: NEW });
  expect(roles(all)).toEqual({ leads: ['2'], standBy: ['0', '1'], differing: ['syncs.lab'] });
  // Nobody has come to note it yet.
  expect(roles(all, noted(OLD)).leads).toEqual(['2']);
  expect(roles(replicas({}, { config: NEW }, { config: NEW })).leads).toEqual(['1']);
});

it('an old replica that begins anew takes nothing back, and goes on when all new ones are gone', () => {
  expect(roles(replicas({ config: NEW }, {})).standBy).toEqual(['1']);
  expect(roles(replicas({}, {}))).toEqual({ leads: ['0'], standBy: [], differing: [] });
});

it('a sync more or less is a difference; the order of syncs is none', () => {
  const more = { 'syncs.lab': 'a', 'syncs.hplc': 'c' };
  const turned = { 'syncs.hplc': 'c', 'syncs.lab': 'a' };
  const notes = noted(OLD, more);
  expect(roles(replicas({}, { config: more }), notes).differing).toEqual(['syncs.hplc']);
  expect(roles(replicas({ config: more }, { config: turned }), notes)).toEqual({
    ...{ leads: ['0'], standBy: [], differing: [] },
  });
});

it('of configs that came in at the same moment all see the same one as the newer', () => {
  const notes = new Map([configNote(OLD), configNote(NEW)].map((name) => [name, 1]));
  const [one, other] = [replicas({}, { config: NEW }), replicas({ config: NEW }, {})];
  expect(roles(one, notes).leads).toHaveLength(1);
  expect(roles(one, notes).leads).not.toEqual(roles(other, notes).leads);
});

it('one that another version does not understand, and one that nobody has heard of, decide nothing', () => {
  const strange = { id: 's', firstMsAgo: 200_000, says: undefined };
  expect(roles([strange, ...replicas({})]).leads).toEqual(['0']);
  expect(standing(replicas({}), 'nobody', noted()).leads).toBe(false);
});
