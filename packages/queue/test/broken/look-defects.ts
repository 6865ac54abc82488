import type { QueueView } from '../../src/index.ts';
import type { Defect } from './broken-queue.ts';

const STORED = new WeakMap<object, QueueView>();

/** What replicas see and note, wrongly. */
export const lookDefects: readonly Defect[] = [
  {
    name: 'replicas are shown by name',
    caughtBy:
      'look: shows all replicas, the one that has been there for the longest time first, with what each says last',
    faults: ({ right }) => ({
      look: async (says) => {
        const view = await right.look(says);
        const byName = view.replicas.toSorted((one, other) => (one.id < other.id ? -1 : 1));
        return { ...view, replicas: byName };
      },
    }),
  },
  {
    name: 'what a replica has said first stays',
    caughtBy:
      'look: shows all replicas, the one that has been there for the longest time first, with what each says last',
    faults: ({ right }) => {
      const first: { says?: Parameters<typeof right.look>[0] } = {};
      return {
        look: (says) => {
          first.says ??= says;
          return right.look(first.says);
        },
      };
    },
  },
  {
    name: 'a replica does not see itself the first time',
    caughtBy: 'look: shows the replica itself from its first look on',
    faults: ({ right, replica, shared: { keys } }) => ({
      look: async (says) => {
        const view = await right.look(says);
        if (keys.has(replica)) return view;
        keys.set(replica, '');
        return { ...view, replicas: view.replicas.filter(({ id }) => id !== replica) };
      },
    }),
  },
  {
    name: 'what has ended is shown after what has not',
    caughtBy:
      'look: shows all tasks in the order in which they were scheduled, in all their states',
    faults: ({ right }) => ({
      look: async (says) => {
        const view = await right.look(says);
        const isOpen = ({ state }: QueueView['tasks'][number]): boolean =>
          state === 'waiting' || state === 'taken';
        const ended = view.tasks.filter((task) => !isOpen(task));
        return { ...view, tasks: [...view.tasks.filter(isOpen), ...ended] };
      },
    }),
  },
  {
    name: 'who has a task is not shown',
    caughtBy: 'look: shows who has a task and since when, and nobody before anybody had it',
    faults: ({ right }) => ({
      look: async (says) => {
        const view = await right.look(says);
        return { ...view, tasks: view.tasks.map((task) => ({ ...task, replica: null })) };
      },
    }),
  },
  {
    name: 'what is looked at is what is stored',
    caughtBy: 'look: gives what is whoever looks’ own, to be changed at will',
    faults: ({ right, world, service }) => ({
      look: async (says) => {
        const view = await right.look(says);
        const stored = STORED.get(world.of(service)) ?? view;
        STORED.set(world.of(service), stored);
        const tasks = view.tasks.map((task, at) => ({
          ...task,
          data: stored.tasks[at]?.data ?? task.data,
        }));
        return { ...view, tasks };
      },
    }),
  },
  {
    name: 'each look is another replica',
    caughtBy: 'look: often, and by several at once, disturbs nothing',
    faults: ({ as, replica, shared: { counts } }) => ({
      look: (says) => {
        const count = (counts.get(replica) ?? 0) + 1;
        counts.set(replica, count);
        return as(count < 5 ? replica : `${replica}${count}`).look(says);
      },
    }),
  },
  {
    name: 'a note is taken away by what is false',
    caughtBy: 'note: is seen by all, replaced by the next of its name, and taken away by null',
    faults: ({ right }) => ({ note: (name, value) => right.note(name, value || null) }),
  },
  {
    name: 'a note of null stays',
    caughtBy: 'note: is seen by all, replaced by the next of its name, and taken away by null',
    faults: ({ right }) => ({ note: (name, value) => right.note(name, value ?? 'null') }),
  },
  {
    name: 'notes go with whoever has noted them',
    caughtBy: 'note: stays when whoever has noted it leaves',
    faults: ({ right }) => {
      const mine = new Set<string>();
      return {
        note: (name, value) => {
          mine.add(name);
          return right.note(name, value);
        },
        leave: async () => {
          for (const name of mine) await right.note(name, null);
          await right[Symbol.asyncDispose]();
        },
      };
    },
  },
  {
    name: 'notes are read, changed, and written all together',
    caughtBy: 'note: of many who note at once each one’s stays',
    faults: ({ right }) => ({
      note: async (name, value) => {
        const { notes } = await right.look(null);
        await new Promise((resolve) => setImmediate(resolve));
        for (const other of (await right.look(null)).notes.keys())
          if (!notes.has(other)) await right.note(other, null);
        await right.note(name, value);
      },
    }),
  },
  {
    name: 'names of notes are cut at 199 characters',
    caughtBy: 'note: names of 200 characters of any kind are held',
    faults: ({ right }) => ({ note: (name, value) => right.note(name.slice(0, 199), value) }),
  },
  {
    name: 'services are told apart by their letters and digits',
    caughtBy:
      'service: others on the same queue have tasks, replicas and notes of their own, whatever they are called',
    faults: ({ world, service, replica }) => {
      const same = world.of(service.replaceAll(/\W/g, '')).join(replica);
      return {
        schedule: same.schedule,
        take: same.take,
        done: same.done,
        stop: same.stop,
        look: same.look,
        note: same.note,
        leave: () => same[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'replicas are cut at 199 characters',
    caughtBy: 'service: replicas of 200 characters of any kind are told apart',
    faults: ({ as, replica }) => {
      const cut = as(replica.slice(0, 199));
      return { look: cut.look, take: cut.take };
    },
  },
  {
    name: 'of those who begin at once one makes the tables, and the others fail',
    caughtBy: 'service: replicas that begin at once on a queue that nobody has used all come to it',
    faults: ({ right, replica, shared: { keys } }) => {
      const isLate = replica.startsWith('r') && keys.size > 0;
      keys.set(replica, '');
      return isLate
        ? { schedule: () => Promise.reject(new Error('The table is there already')) }
        : { schedule: right.schedule };
    },
  },
  {
    name: 'who was away is away for ever',
    caughtBy: 'time: who does not look is away after half a minute, and back with the next look',
    faults: ({ right, shared: { keys } }) => ({
      look: async (says) => {
        const view = await right.look(says);
        const ids = new Set(view.replicas.map(({ id }) => id));
        for (const id of ids) if (!keys.has(id)) keys.set(id, 'here');
        for (const id of keys.keys()) if (!ids.has(id)) keys.set(id, 'away');
        return { ...view, replicas: view.replicas.filter(({ id }) => keys.get(id) === 'here') };
      },
    }),
  },
  {
    name: 'what has ended is gone from sight',
    caughtBy: 'time: what has ended is shown for ten minutes, and what has not for ever',
    faults: ({ right }) => ({
      look: async (says) => {
        const view = await right.look(says);
        const isOpen = ({ state }: QueueView['tasks'][number]): boolean =>
          state === 'waiting' || state === 'taken';
        return { ...view, tasks: view.tasks.filter(isOpen) };
      },
    }),
  },
];
