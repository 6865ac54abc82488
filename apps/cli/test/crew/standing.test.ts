import { expect, it } from 'vitest';
import type { KnownReplica } from '../../src/serve/crew/saying.ts';
import { standing } from '../../src/serve/crew/standing.ts';

interface Told {
  readonly config?: Record<string, string>;
  readonly configMsAgo?: number;
  readonly isStopping?: boolean;
}

/** Replicas, the oldest first. */
function replicas(...all: readonly Told[]): readonly KnownReplica[] {
  return all.map(
    ({ config = { 'syncs.lab': 'a' }, configMsAgo = 60_000, isStopping = false }, at) => ({
      ...{ id: `${at}`, firstMsAgo: 100_000 - at },
      says: {
        name: `pod-${at}`,
        version: '1',
        limit: 16,
        jobs: [],
        config,
        configMsAgo,
        isStopping,
      },
    }),
  );
}

/** Who leads, and who stands by. */
function roles(all: readonly KnownReplica[]) {
  const each = all.map(({ id }) => ({ id, ...standing(all, id) }));
  return {
    leads: each.filter(({ leads }) => leads).map(({ id }) => id),
    standBy: each.filter(({ standsBy }) => standsBy).map(({ id }) => id),
    differing: each[0]?.differing,
  };
}

it('the one that has been there for the longest time leads', () => {
  expect(roles(replicas({}, {}, {}))).toEqual({ leads: ['0'], standBy: [], differing: [] });
});

it('one that stops leads no more', () => {
  expect(roles(replicas({ isStopping: true }, {}, {})).leads).toEqual(['1']);
  expect(roles(replicas({ isStopping: true })).leads).toEqual([]);
});

it('in a rolling update the first new replica takes over, and the old ones stand by', () => {
  const newer = { config: { 'syncs.lab': 'b' }, configMsAgo: 1000 };
  const all = replicas({}, {}, newer);
  expect(roles(all)).toEqual({ leads: ['2'], standBy: ['0', '1'], differing: ['syncs.lab'] });
  expect(roles(replicas({}, newer, { ...newer, configMsAgo: 10_000 })).leads).toEqual(['1']);
});

it('an old replica that has just started anew brings its config back to nobody', () => {
  const newer = { config: { 'syncs.lab': 'b' }, configMsAgo: 30_000 };
  const again = { configMsAgo: 100 };
  expect(roles(replicas({}, newer, again)).standBy).toEqual(['0', '2']);
});

it('a sync more or less is a difference; the order of syncs is none', () => {
  const more = { config: { 'syncs.lab': 'a', 'syncs.hplc': 'c' }, configMsAgo: 1000 };
  expect(roles(replicas({}, more)).differing).toEqual(['syncs.hplc']);
  const turned = { config: { 'syncs.hplc': 'c', 'syncs.lab': 'a' }, configMsAgo: 1000 };
  expect(roles(replicas(more, turned))).toEqual({ leads: ['0'], standBy: [], differing: [] });
});

it('configs that came in at the same moment: all see the same one as the newer', () => {
  const one = { config: { 'syncs.lab': 'x' }, configMsAgo: 1000 };
  const other = { config: { 'syncs.lab': 'y' }, configMsAgo: 3000 };
  expect(roles(replicas(one, other)).leads).toEqual(['0']);
  expect(
    roles(replicas({ ...one, configMsAgo: 3000 }, { ...other, configMsAgo: 1000 })).leads,
  ).toEqual(['0']);
});

it('one that another version does not understand, and one that nobody has heard of, decide nothing', () => {
  const strange = { id: 's', firstMsAgo: 200_000, says: undefined };
  expect(roles([strange, ...replicas({})]).leads).toEqual(['0']);
  expect(standing(replicas({}), 'nobody').leads).toBe(false);
});
