import type { Taken } from '../../src/index.ts';
import type { Defect } from './broken-queue.ts';

/** Keys, takes, and ends of tasks that are wrong. */
export const taskDefects: readonly Defect[] = [
  {
    name: 'a second task of a key replaces the first one, and is said to be refused',
    caughtBy: 'key: while a task waits, another of its key is refused and changes nothing',
    faults: ({ right }) => ({
      schedule: async (task) => {
        if (await right.schedule(task)) return true;
        const { tasks } = await right.look(null);
        const old = tasks.findLast(({ key }) => key === task.key);
        if (old?.state !== 'waiting') return false;
        await right.stop(task.key);
        await right.schedule(task);
        return false;
      },
    }),
  },
  {
    name: 'a second task of a key ends the first one that is taken',
    caughtBy: 'key: while a task is taken, another of its key is refused and changes nothing',
    faults: ({ right }) => ({
      schedule: async (task) => {
        if (await right.schedule(task)) return true;
        const { tasks } = await right.look(null);
        if (tasks.findLast(({ key }) => key === task.key)?.state === 'taken') {
          await right.stop(task.key);
        }
        return false;
      },
    }),
  },
  {
    name: 'a key is taken for ever',
    caughtBy: 'key: is free once its task is done, and the next task has another id',
    faults: ({ right, shared: { keys } }) => ({
      schedule: async (task) => {
        if (keys.has(task.key)) return false;
        keys.set(task.key, '');
        return await right.schedule(task);
      },
    }),
  },
  {
    name: 'the key of a stopped task is free once its replica has ended it',
    caughtBy: 'key: is free at once when its task is stopped, waiting or taken',
    faults: ({ right, shared: { keys } }) => ({
      schedule: async (task) => !keys.has(task.key) && (await right.schedule(task)),
      stop: async (key) => {
        const { tasks } = await right.look(null);
        if (tasks.findLast((task) => task.key === key)?.state === 'taken') keys.set(key, '');
        await right.stop(key);
      },
    }),
  },
  {
    name: 'whether a key is free is looked at first, and the task is stored later',
    caughtBy: 'key: of many that schedule a task of one key at once exactly one does',
    faults: ({ right, shared: { keys } }) => ({
      schedule: async (task) => {
        const isFree = !keys.has(task.key);
        await Promise.resolve();
        keys.set(task.key, '');
        await right.schedule(task);
        return isFree;
      },
    }),
  },
  {
    name: 'keys are compared without case',
    caughtBy: 'key: is compared to the letter',
    faults: ({ right, shared: { keys } }) => ({
      schedule: async (task) => {
        const same = keys.get(task.key.toLowerCase());
        if (same !== undefined && same !== task.key) return false;
        keys.set(task.key.toLowerCase(), task.key);
        return await right.schedule(task);
      },
    }),
  },
  {
    name: 'keys are compared without blanks at their ends',
    caughtBy: 'key: is compared to the letter',
    faults: ({ right }) => ({
      schedule: (task) => right.schedule({ ...task, key: task.key.trim() }),
    }),
  },
  {
    name: 'keys are cut at 199 characters',
    caughtBy: 'key: 200 characters of any kind are held',
    faults: ({ right }) => ({
      schedule: (task) => right.schedule({ ...task, key: task.key.slice(0, 199) }),
    }),
  },
  {
    name: 'halves of characters in keys are replaced',
    caughtBy: 'key: 200 characters of any kind are held',
    faults: ({ right }) => ({
      schedule: (task) => right.schedule({ ...task, key: task.key.toWellFormed() }),
    }),
  },
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
  {
    name: 'what has come of a task is forgotten',
    caughtBy: 'done: is seen by all, with what has come of it and who has done it',
    faults: ({ right }) => ({ done: (taken) => right.done(taken, null) }),
  },
  {
    name: 'what is done is given to others again',
    caughtBy: 'done: is given to nobody again',
    faults: ({ world, service, right }) => ({
      done: async (taken) => {
        world.of(service).giveToAnother(taken.id);
        await right.look(null);
      },
    }),
  },
  {
    name: 'who says so last has done it',
    caughtBy: 'done: said twice counts once',
    faults: ({ right, shared: { keys } }) => ({
      done: async (taken, result) => {
        await right.done(taken, result);
        keys.set(taken.id, JSON.stringify(result));
      },
      look: async (says) => {
        const view = await right.look(says);
        const tasks = view.tasks.map((task) => ({
          ...task,
          result: JSON.parse(keys.get(task.id) ?? 'null'),
        }));
        return { ...view, tasks };
      },
    }),
  },
  {
    name: 'done ends the task of the key, whichever it is',
    caughtBy: 'done: changes nothing when the task was stopped, and not the next of its key either',
    faults: ({ right, as, shared: { tasks } }) => ({
      take: async (signal) => {
        const taken = await right.take(signal);
        tasks.set(taken.key, taken);
        return taken;
      },
      done: async (taken, result) => {
        const current = tasks.get(taken.key) ?? taken;
        const { tasks: all } = await right.look(null);
        const who = all.find(({ id }) => id === current.id)?.replica ?? '';
        await as(who).done(current, result);
      },
    }),
  },
  {
    name: 'done is believed of whoever knows the id',
    caughtBy: 'done: changes nothing for another replica that has the same task by hearsay',
    faults: ({ right, as, shared: { tasks } }) => ({
      take: async (signal): Promise<Taken> => {
        const taken = await right.take(signal);
        tasks.set(taken.id, taken);
        return taken;
      },
      done: async (taken, result) => {
        const { tasks: all } = await right.look(null);
        const who = all.find(({ id }) => id === taken.id)?.replica ?? '';
        await as(who).done(tasks.get(taken.id) ?? taken, result);
      },
    }),
  },
  {
    name: 'a task that waits cannot be stopped',
    caughtBy: 'stop: a task that waits is given to nobody',
    faults: ({ right }) => ({
      stop: async (key) => {
        const { tasks } = await right.look(null);
        if (tasks.findLast((task) => task.key === key)?.state !== 'waiting') await right.stop(key);
      },
    }),
  },
  {
    name: 'a replica is told that its task is stopped when it asks for that itself',
    caughtBy: 'stop: the replica that has the task is told within seconds, whoever asks',
    faults: ({ right }) => {
      const ends = new Map<string, AbortController>();
      return {
        take: async (signal) => {
          const taken = await right.take(signal);
          const end = new AbortController();
          ends.set(taken.key, end);
          return { ...taken, signal: end.signal };
        },
        stop: async (key) => {
          await right.stop(key);
          ends.get(key)?.abort();
        },
      };
    },
  },
  {
    name: 'who is told that its task is stopped is told so of all that it has had',
    caughtBy: 'stop: tells nobody else, and nobody whose task is done',
    faults: ({ right }) => {
      const all = new AbortController();
      return {
        take: async (signal) => {
          const taken = await right.take(signal);
          taken.signal.addEventListener('abort', () => all.abort());
          return { ...taken, signal: all.signal };
        },
      };
    },
  },
  {
    name: 'what is done can be stopped',
    caughtBy: 'stop: is nothing where no task of the key waits or is taken',
    faults: ({ right, shared: { keys } }) => ({
      stop: async (key) => {
        await right.stop(key);
        keys.set(key, '');
      },
      look: async (says) => {
        const view = await right.look(says);
        const tasks = view.tasks.map((task) =>
          keys.has(task.key) ? { ...task, state: 'stopped' as const, result: null } : task,
        );
        return { ...view, tasks };
      },
    }),
  },
];
