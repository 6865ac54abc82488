import type { QueueView } from '../../src/index.ts';
import type { Defect } from './broken-queue.ts';

/** Ways to leave, and to die, that are wrong. */
export const leaveDefects: readonly Defect[] = [
  {
    name: 'who leaves keeps what it has until it is taken for dead',
    caughtBy:
      'leave: what the replica has is given to others at once, before what was scheduled later',
    faults: () => ({ leave: async () => undefined }),
  },
  {
    name: 'what who leaves has is scheduled anew, behind all others',
    caughtBy:
      'leave: what the replica has is given to others at once, before what was scheduled later',
    faults: ({ right, as, replica }) => ({
      leave: async () => {
        const { tasks } = await right.look(null);
        for (const task of tasks.filter(
          (one) => one.state === 'taken' && one.replica === replica,
        )) {
          await right.stop(task.key);
          await as('x').schedule(task);
        }
        await right[Symbol.asyncDispose]();
      },
    }),
  },
  {
    name: 'what a replica has done goes when it leaves',
    caughtBy: 'leave: what the replica has done, and what others have, stays as it is',
    faults: ({ right, replica, shared: { keys } }) => ({
      leave: async () => {
        keys.set(replica, '');
        await right[Symbol.asyncDispose]();
      },
      look: async (says) => {
        const view = await right.look(says);
        const isGone = (task: QueueView['tasks'][number]): boolean =>
          task.state === 'done' && keys.has(task.replica ?? '');
        return { ...view, tasks: view.tasks.filter((task) => !isGone(task)) };
      },
    }),
  },
  {
    name: 'who has left is seen until it is taken for dead',
    caughtBy: 'leave: the replica is seen no more',
    faults: ({ right, as, replica }) => ({
      leave: async () => {
        await right[Symbol.asyncDispose]();
        await as(replica).look('I am here');
      },
    }),
  },
  {
    name: 'a take that waits hangs when its replica leaves',
    caughtBy: 'leave: takes that wait throw, and what comes later is for others',
    faults: ({ right }) => ({
      take: (signal) =>
        new Promise((resolve, reject) => {
          right.take(signal).then(resolve, () => {
            if (signal.aborted) reject(signal.reason);
          });
          if (signal.aborted) reject(signal.reason);
        }),
    }),
  },
  {
    name: 'who has left can go on',
    caughtBy: 'leave: every method throws QUEUE_FAILED afterwards; leaving again is nothing',
    faults: ({ as, replica }) => ({ schedule: (task) => as(replica).schedule(task) }),
  },
  {
    name: 'who leaves is counted among the dead',
    caughtBy: 'leave: a task is not lost, however many leave with it in hand',
    faults: ({ world, service, right, replica }) => ({
      leave: async () => {
        world.of(service).leave(replica);
        await right[Symbol.asyncDispose]();
      },
    }),
  },
  {
    name: 'what the dead have had is theirs for ever',
    caughtBy: 'death: the replica is seen no more',
    faults: () => ({}),
    dying: () => undefined,
  },
  {
    name: 'the dead are never taken for dead three times',
    caughtBy: 'death: a task that 3 replicas have died with is lost, and its key is free',
    faults: () => ({}),
    // Each dies as if it left in order.
    dying: (world, replica) => {
      void world.of(world.name).join(replica)[Symbol.asyncDispose]();
    },
  },
  {
    name: 'when one dies all lose what they have',
    caughtBy:
      'death: what the replica had is given to another within a minute, and what others have stays theirs',
    faults: () => ({}),
    dying: (world) => {
      for (const one of ['a', 'b', 'c']) world.of(world.name).leave(one);
    },
  },
  {
    name: 'what is ended by who was asleep counts',
    caughtBy:
      'death: who was only asleep is told that another has its task, and does not end it for that one',
    faults: ({ right, as, shared: { tasks } }) => ({
      take: async (signal) => {
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
    name: 'who leaves gives back all that it has ever taken',
    caughtBy: 'death: who was only asleep, and leaves, takes nothing from others',
    faults: ({ world, service, right }) => {
      const mine: string[] = [];
      return {
        take: async (signal) => {
          const taken = await right.take(signal);
          mine.push(taken.id);
          return taken;
        },
        leave: async () => {
          for (const id of mine) world.of(service).giveToAnother(id);
          await right[Symbol.asyncDispose]();
        },
      };
    },
  },
  {
    name: 'what a dead replica waits for is kept for it',
    caughtBy: 'death: what a dead replica waited for is given to others',
    faults: ({ as, replica }) => ({ take: (signal) => as(`${replica} waits`).take(signal) }),
  },
];
