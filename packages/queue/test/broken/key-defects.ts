import type { Defect } from './broken-queue.ts';

/** Keys that are wrong. */
export const keyDefects: readonly Defect[] = [
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
];
