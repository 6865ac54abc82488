import type { Json } from '@tdp-sync/queue';
import { MemoryQueue } from '@tdp-sync/queue/memory';
import { expect, it } from 'vitest';
import { Notes } from '../../src/serve/crew/notes.ts';
import { Scheduler } from '../../src/serve/scheduler.ts';
import type { Service } from '../../src/serve/service.ts';

const EVERY = { every: { everyMs: 3_600_000 }, sweepMs: undefined, verifyMs: undefined };
const clock = { now: () => 1000, sleep: async () => undefined };

/** A replica of a service with one sync, which is not due for an hour. */
function replica() {
  const scheduler = new Scheduler({ concurrent: 4, turnMs: 60_000 });
  scheduler.configure(new Map([['lab', EVERY]]), new Map([['lab', { ranAtMs: 1000 }]]), 1000);
  const boards = [{ name: 'lab', progress: { restart: () => undefined } }];
  const notes = new Notes({ scheduler, boards } as unknown as Service, clock);
  return { notes, scheduler };
}

/** What two replicas have before them. */
function world() {
  const queue = new MemoryQueue(clock.now);
  const queues = { lanes: queue.join('one'), slices: new MemoryQueue(clock.now).join('one') };
  const read = async (): Promise<ReadonlyMap<string, Json>> =>
    (await queues.lanes.look(null)).notes;
  return { queues, read };
}

it('a wish outlives the replica that had taken it up and not dealt it out', async () => {
  const { queues, read } = world();
  const [asked, leader, heir] = [replica(), replica(), replica()];
  asked.notes.want('lab', 'sweep', undefined);
  await asked.notes.write(queues);
  leader.notes.hear(await read(), true);
  expect(leader.scheduler.next(1000).start).toEqual([{ sync: 'lab', kind: 'sweep' }]);
  // It dies here.
  heir.notes.hear(await read(), true);
  expect(heir.scheduler.next(1000).start).toEqual([{ sync: 'lab', kind: 'sweep' }]);
});

it('a wish that is dealt out is gone, and until then is taken up once', async () => {
  const { queues, read } = world();
  const { notes, scheduler } = replica();
  notes.want('lab', 'retry', ['b', 'a']);
  await notes.write(queues);
  notes.hear(await read(), true);
  const [job] = scheduler.next(1000).start;
  expect(job).toEqual({ sync: 'lab', kind: 'retry', fileIds: ['b', 'a'] });
  scheduler.ended('lab', 'retry', 'complete', 1000);
  notes.hear(await read(), true);
  expect(scheduler.next(1000).start).toEqual([]);
  if (job !== undefined) notes.dealt(job);
  await notes.write(queues);
  expect(await read()).toEqual(new Map());
});

it('a wish that could not be dealt out is taken up again', async () => {
  const { queues, read } = world();
  const { notes, scheduler } = replica();
  notes.want('lab', 'verify', undefined);
  await notes.write(queues);
  notes.hear(await read(), true);
  const [job] = scheduler.next(1000).start;
  scheduler.ended('lab', 'verify', 'interrupted', 1000);
  if (job !== undefined) notes.again(job);
  notes.hear(await read(), true);
  expect(scheduler.next(1000).start).toEqual([{ sync: 'lab', kind: 'verify' }]);
});

it('wishes that wait for a queue that is away are one for each sync and kind, and a run when they are too many', async () => {
  const { queues, read } = world();
  const { notes } = replica();
  const away = {
    ...queues,
    lanes: { ...queues.lanes, note: () => Promise.reject(new Error('away')) },
  };
  notes.want('lab', 'event', ['a', 'b']);
  notes.want('lab', 'retry', ['c']);
  await expect(notes.write(away)).rejects.toThrow('away');
  notes.want('lab', 'event', ['b', 'd']);
  notes.want('lab', 'retry', undefined);
  await notes.write(queues);
  const wishes = [...(await read()).values()];
  expect(wishes).toHaveLength(2);
  expect(wishes).toEqual(
    expect.arrayContaining([
      { sync: 'lab', kind: 'event', fileIds: ['a', 'b', 'd'] },
      { sync: 'lab', kind: 'retry' },
    ]),
  );
  for (let n = 0; n < 21; n += 1)
    notes.want(
      'lab',
      'event',
      Array.from({ length: 1000 }, (_, at) => `${n}-${at}`),
    );
  await notes.write(queues);
  expect([...(await read()).values()]).toContainEqual({ sync: 'lab', kind: 'run' });
  expect((await read()).size).toBe(3);
});

it('wishes are for the one that decides, and those that nobody understands are thrown away', async () => {
  const { queues, read } = world();
  const [follower, leader] = [replica(), replica()];
  await queues.lanes.note('want/1', { sync: 'gone', kind: 'run' });
  await queues.lanes.note('want/2', 'of another version');
  await queues.lanes.note('want/3', { sync: 'lab', kind: 'run' });
  follower.notes.hear(await read(), false);
  await follower.notes.write(queues);
  expect((await read()).size).toBe(3);
  expect(follower.scheduler.next(1000).start).toEqual([]);
  leader.notes.hear(await read(), true);
  await leader.notes.write(queues);
  expect([...(await read()).keys()]).toEqual(['want/3']);
});

it('whoever pauses a sync, all do, and what is dealt out of it ends', async () => {
  const { queues, read } = world();
  const [here, there] = [replica(), replica()];
  await queues.lanes.schedule({ key: 'lab', data: { sync: 'lab', kind: 'run' } });
  await queues.slices.schedule({ key: 'lab/3', data: { sync: 'lab', kind: 'slice', slice: 3 } });
  await queues.slices.schedule({ key: 'hplc/3', data: { sync: 'hplc', kind: 'slice', slice: 3 } });
  here.scheduler.pause('lab');
  here.notes.paused('lab', true);
  // Not told yet, and not undone by what was noted before.
  here.notes.hear(await read(), true);
  expect(here.scheduler.isPaused('lab')).toBe(true);
  await here.notes.write(queues);
  there.notes.hear(await read(), false);
  expect(there.scheduler.isPaused('lab')).toBe(true);
  const tasks = [
    ...(await queues.lanes.look(null)).tasks,
    ...(await queues.slices.look(null)).tasks,
  ];
  expect(tasks.map(({ key, state }) => `${key} ${state}`)).toEqual([
    'lab stopped',
    'lab/3 stopped',
    'hplc/3 waiting',
  ]);
  there.scheduler.resume('lab');
  there.notes.paused('lab', false);
  await there.notes.write(queues);
  here.notes.hear(await read(), true);
  expect(here.scheduler.isPaused('lab')).toBe(false);
});
