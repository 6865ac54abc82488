import type { TaskView } from '@tdp-sync/queue';
import { storedName } from '../../config/tables.ts';
import { describeError } from '../../exit.ts';
import type { Service } from '../service.ts';
import { readSnapshot, type Snapshot, sideMarksOf } from '../snapshot.ts';
import type { CrewParts } from './parts.ts';
import type { SliceDealer } from './slices.ts';
import { endOf, isOpen, jobOf, type QueuedJob } from './tasks.ts';

interface News {
  readonly job: QueuedJob;
  readonly task: TaskView;
}

/** Follows what all replicas do, so that this one could go on with it at any moment. */
export class Hearing {
  readonly #service: Service;
  readonly #parts: CrewParts;
  readonly #slices: SliceDealer;
  /** Tasks whose end is known; `undefined` before the first time. */
  #heard: ReadonlySet<string> | undefined;

  constructor(service: Service, parts: CrewParts, slices: SliceDealer) {
    this.#service = service;
    this.#parts = parts;
    this.#slices = slices;
  }

  /**
   * Takes over what has ended and what is under way.
   *
   * @param offered - syncs for which something has been offered since the tasks were looked at.
   */
  async hear(tasks: readonly TaskView[], offered: ReadonlySet<string>): Promise<void> {
    const { scheduler, boards } = this.#service;
    const { clock } = this.#parts;
    const ended = tasks.filter((task) => !isOpen(task));
    await this.#hearEnds(ended.filter(({ id }) => this.#heard?.has(id) !== true).flatMap(newsOf));
    this.#heard = new Set(ended.map(({ id }) => id));
    const underWay = new Set<string>(offered);
    for (const { job, task } of tasks.filter(isOpen).flatMap(newsOf)) {
      if (job.kind === 'slice') continue;
      underWay.add(job.sync);
      scheduler.begun(job.sync, job.kind, clock.now() - (task.takenMsAgo ?? 0));
    }
    // What the queue has lost is due again.
    for (const { name } of boards) {
      const kind = scheduler.running(name);
      if (kind !== undefined && !underWay.has(name))
        scheduler.ended(name, kind, 'interrupted', clock.now());
    }
  }

  async #hearEnds(news: readonly News[]): Promise<void> {
    const { scheduler, boards } = this.#service;
    const before = new Map(boards.map(({ name, snapshot }) => [name, snapshot?.state]));
    const others = news.filter(({ task }) => !this.#isOwn(task));
    const snapshots = await this.#readSnapshots(new Set(others.map(({ job }) => job.sync)));
    const nowMs = this.#parts.clock.now();
    for (const { job, task } of news) {
      const end = endOf(task, nowMs);
      // Who has just begun takes over what was done, and not what failed: that may be why it was begun.
      if (this.#heard === undefined && end.end !== 'complete') continue;
      const board = boards.find(({ name }) => name === job.sync);
      // What was before this replica began, the journal has told.
      const counted = this.#heard === undefined ? { ...end, files: 0, bytes: 0 } : end;
      if (!this.#isOwn(task)) board?.heard(job.kind, counted, snapshots.get(job.sync), end.endedMs);
      if (job.kind === 'slice') {
        this.#slices.heard(job, end, nowMs);
        continue;
      }
      const marks = sideMarksOf(board?.snapshot?.state, nowMs, before.get(job.sync));
      scheduler.begun(job.sync, job.kind, end.startedMs);
      scheduler.ended(job.sync, job.kind, end.end, end.endedMs, marks);
    }
  }

  #isOwn({ replica, state }: TaskView): boolean {
    return replica === this.#parts.id && state === 'done';
  }

  /** What the database says of syncs that others have worked on. */
  async #readSnapshots(syncs: ReadonlySet<string>): Promise<ReadonlyMap<string, Snapshot>> {
    const { loaded, lease } = this.#service.runtime;
    const snapshots = new Map<string, Snapshot>();
    if (syncs.size === 0) return snapshots;
    try {
      await lease.use(async (sink) => {
        for (const sync of syncs) {
          const config = loaded.config.syncs[sync];
          if (config === undefined) continue;
          snapshots.set(sync, await readSnapshot(storedName(sync, config), sink));
        }
      });
    } catch (error) {
      this.#parts.log.warn(`the database cannot be read: ${describeError(error)}`);
    }
    return snapshots;
  }
}

function newsOf(task: TaskView): readonly News[] {
  const job = jobOf(task);
  return job === undefined ? [] : [{ job, task }];
}
