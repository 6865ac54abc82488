import type { Defect } from './broken-queue.ts';

/** Takes that are wrong. */
export const takeDefects: readonly Defect[] = [
  {
    name: 'what was scheduled last is taken first',
    caughtBy: 'take: gives what has waited for the longest time first, whoever takes',
    faults: ({ right }) => ({
      take: async (signal) => {
        const { tasks } = await right.look(null);
        const last = tasks.findLast(({ state }) => state === 'waiting');
        for (;;) {
          const taken = await right.take(signal);
          if (last === undefined || taken.id === last.id) return taken;
        }
      },
    }),
  },
  {
    name: 'two that take at once are given the same task',
    caughtBy: 'take: gives each task to one replica, with many that take at once',
    faults: ({ right, shared: { tasks } }) => ({
      take: async (signal) => {
        const taken = await right.take(signal);
        const same = tasks.get('last') ?? taken;
        if (tasks.has('last')) tasks.delete('last');
        else tasks.set('last', taken);
        return same;
      },
    }),
  },
  {
    name: 'a take has an id of its own',
    caughtBy: 'take: gives what was scheduled, and the id that others see',
    faults: ({ right }) => ({
      take: async (signal) => ({ ...(await right.take(signal)), id: 'another' }),
    }),
  },
  {
    name: 'a take that finds nothing is woken by its own replica only',
    caughtBy:
      'take: that waits is given a task within seconds after it is scheduled, by whichever replica',
    faults: ({ replica, right, shared: { waiting } }) => ({
      schedule: async (task) => {
        const isNew = await right.schedule(task);
        waiting.add(replica);
        return isNew;
      },
      take: async (signal) => {
        const { tasks } = await right.look(null);
        while (
          !tasks.some(({ state }) => state === 'waiting') &&
          !waiting.has(replica) &&
          !signal.aborted
        ) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        return await right.take(signal);
      },
    }),
  },
  {
    name: 'a replica waits for one task at a time',
    caughtBy: 'take: several of one replica wait at once, and each is given one',
    faults: ({ replica, right, shared: { waiting } }) => ({
      take: async (signal) => {
        if (waiting.has(replica)) throw new Error('One is waited for already');
        waiting.add(replica);
        return await right.take(signal).finally(() => waiting.delete(replica));
      },
    }),
  },
  {
    name: 'whether a take is aborted is looked at when it has a task',
    caughtBy: 'take: with a signal that is aborted throws its reason, and takes nothing',
    faults: ({ right }) => ({
      take: async (signal) => {
        const taken = signal.aborted ? await right.take(new AbortController().signal) : undefined;
        signal.throwIfAborted();
        return taken ?? (await right.take(signal));
      },
    }),
  },
  {
    name: 'an aborted take throws, and waits on in secret',
    caughtBy: 'take: aborted while it waits throws the reason, and what comes later is for others',
    faults: ({ right }) => ({
      take: (signal) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener('abort', () => reject(signal.reason));
          if (!signal.aborted) right.take(new AbortController().signal).then(resolve, reject);
        }),
    }),
  },
  {
    name: 'a task that comes together with the abort is dropped',
    caughtBy: 'take: aborted while a task is on its way has it, or gives it to others at once',
    faults: ({ right }) => ({
      take: async (signal) => {
        const taken = await right.take(signal);
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        return taken;
      },
    }),
  },
  {
    name: 'one aborted take ends all of its replica',
    caughtBy: 'take: of several one is aborted, and the others are given all there is',
    faults: ({ right }) => {
      const all = new AbortController();
      return {
        take: (signal) => {
          signal.addEventListener('abort', () => all.abort(signal.reason), { once: true });
          return right.take(AbortSignal.any([signal, all.signal]));
        },
      };
    },
  },
];
