import type { Taken } from '../../src/index.ts';
import type { Defect } from './broken-queue.ts';

/** Ends of tasks that are wrong. */
export const endDefects: readonly Defect[] = [
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
