import { randomUUID } from 'node:crypto';
import type { Clock } from '@tdp-sync/core';
import type { Json } from '@tdp-sync/queue';
import { z } from 'zod';
import { type LaneJob, type LaneKind, MOST_EVENT_FILES, WANTED } from '../lane.ts';
import type { Service } from '../service.ts';
import type { Queues } from './parts.ts';
import { isOpen, jobOf } from './tasks.ts';

const PAUSED = 'paused/';
const WANTS = 'want/';
const want = z.object({
  sync: z.string(),
  kind: z.enum(WANTED),
  fileIds: z.array(z.string()).exactOptional(),
});

/**
 * What replicas leave for each other: which syncs are paused, and what somebody has asked for and whoever leads is to have done. A wish stays there until it
 * is dealt out, so that it is not lost with the one that was about to.
 */
export class Notes {
  readonly #service: Service;
  readonly #clock: Clock;
  /** What is still to be written. */
  readonly #unwritten = new Map<string, Json>();
  /** Wishes that the scheduler knows, by their notes. */
  readonly #known = new Map<string, z.infer<typeof want>>();

  constructor(service: Service, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  want(sync: string, kind: LaneKind, fileIds: readonly string[] | undefined): void {
    const prefix = `${WANTS}${sync}/${kind}/`;
    // As long as the queue is away, events go on to come.
    const [name, before] = [...this.#unwritten].find(
      ([other, value]) => other.startsWith(prefix) && value !== null,
    ) ?? [`${prefix}${randomUUID()}`, undefined];
    const known = want.safeParse(before).data;
    const isForAll = fileIds === undefined || (known !== undefined && known.fileIds === undefined);
    const files = [...new Set([...(known?.fileIds ?? []), ...(fileIds ?? [])])];
    if (kind === 'event' && files.length > MOST_EVENT_FILES) {
      this.#unwritten.delete(name);
      this.want(sync, 'run', undefined);
    } else this.#unwritten.set(name, { sync, kind, ...(isForAll ? {} : { fileIds: files }) });
  }

  paused(sync: string, isPaused: boolean): void {
    this.#unwritten.set(`${PAUSED}${sync}`, isPaused ? true : null);
  }

  /** Writes what is to be written. What cannot be is left for the next time. */
  async write(queues: Queues): Promise<void> {
    for (const [name, value] of [...this.#unwritten]) {
      this.#unwritten.delete(name);
      try {
        await queues.lanes.note(name, value);
        if (name.startsWith(PAUSED) && value !== null)
          await stopAll(queues, name.slice(PAUSED.length));
      } catch (error) {
        // It may have been asked for otherwise meanwhile.
        if (!this.#unwritten.has(name)) this.#unwritten.set(name, value);
        throw error;
      }
    }
  }

  /** Takes over what all replicas have noted; wishes are for the one that decides. */
  hear(notes: ReadonlyMap<string, Json>, decides: boolean): void {
    const { scheduler, boards } = this.#service;
    for (const { name, progress } of boards) {
      const note = `${PAUSED}${name}`;
      const isPaused = notes.has(note);
      if (this.#unwritten.has(note) || isPaused === scheduler.isPaused(name)) continue;
      if (isPaused) scheduler.pause(name);
      else {
        scheduler.resume(name);
        progress.restart(this.#clock.now());
      }
    }
    for (const name of this.#known.keys()) if (!notes.has(name)) this.#known.delete(name);
    if (!decides) {
      this.#known.clear();
      return;
    }
    for (const [name, value] of notes) {
      if (!name.startsWith(WANTS) || this.#known.has(name) || this.#unwritten.has(name)) continue;
      const wish = want.safeParse(value).data;
      const isOurs = boards.some((board) => board.name === wish?.sync);
      const { sync, kind, fileIds } = wish ?? {};
      const isTaken =
        isOurs &&
        sync !== undefined &&
        kind !== undefined &&
        scheduler.want(sync, kind, this.#clock.now(), fileIds);
      if (isTaken && wish !== undefined) this.#known.set(name, wish);
      else this.#unwritten.set(name, null);
    }
  }

  /** It has been dealt out. */
  dealt(job: LaneJob): void {
    for (const name of this.#of(job)) this.#unwritten.set(name, null);
  }

  /** It could not be dealt out. */
  again(job: LaneJob): void {
    for (const name of this.#of(job)) this.#known.delete(name);
  }

  #of({ sync, kind }: LaneJob): readonly string[] {
    return [...this.#known].flatMap(([name, wish]) =>
      wish.sync === sync && wish.kind === kind ? name : [],
    );
  }
}

/** Has everything end that is dealt out of a sync. */
async function stopAll({ lanes, slices }: Queues, sync: string): Promise<void> {
  await lanes.stop(sync);
  const { tasks } = await slices.look(null);
  for (const task of tasks.filter(isOpen))
    if (jobOf(task)?.sync === sync) await slices.stop(task.key);
}
