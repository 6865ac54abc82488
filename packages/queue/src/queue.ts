import type { ConfigSchema } from '@tdp-sync/sink';

/*
 * What hands out work among the replicas of a service. A queue only wakes workers: whatever it delivers twice, late or never, their
 * database keeps each file there once, in its newest version. So it may do its best and no more: it promises that work which is waiting is
 * taken by somebody sooner or later, and that what a dead replica had is taken by another.
 */

/** Whatever JSON can say. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Something to be done by one replica, whichever. */
export interface Task {
  /** Of a key, one task at most is waiting or taken at a time. Any text of 200 characters at most, compared to the letter. */
  readonly key: string;
  /** What is to be done. Nothing for a queue to look into. */
  readonly data: Json;
}

/** A task in the hands of a replica. */
export interface Taken extends Task {
  /** The same as in {@link TaskView}. */
  readonly id: string;
  /**
   * Aborted when the replica is to end it: somebody has asked for that ({@link Queue.stop}), or another replica has it by now. Not when the
   * queue cannot be reached: whoever has a task goes on with it.
   */
  readonly signal: AbortSignal;
}

/**
 * Where a task is. `done`: its replica has said so. `stopped`: somebody has asked for that; its replica may still be about to end. `lost`:
 * {@link DEATHS} replicas have died with it in hand, one after the other; nobody is given it again. Who leaves in order does not count.
 */
export type TaskState = 'waiting' | 'taken' | 'done' | 'stopped' | 'lost';

/** A task as everybody sees it. Spans are by the queue's own clock. */
export interface TaskView extends Task {
  /** One for each task that is scheduled, whoever has it. */
  readonly id: string;
  readonly state: TaskState;
  /** Who has it, or had it last; `null` before anybody had. */
  readonly replica: string | null;
  /** How long ago it was taken last; `null` before it was. */
  readonly takenMsAgo: number | null;
  /** What its replica has said with `done`; else `null`. */
  readonly result: Json;
}

/** A replica as everybody sees it. */
export interface ReplicaView {
  readonly id: string;
  /** How long ago it was heard of for the first time. */
  readonly firstMsAgo: number;
  /** What it has said last. */
  readonly says: Json;
}

/** What there is at one moment. */
export interface QueueView {
  /** Those that were heard of within {@link AWAY_MS}, the one that has been there for the longest time first; among them whoever looks. */
  readonly replicas: readonly ReplicaView[];
  /** All that wait or are taken, and for {@link KEPT_MS} at least, but not for ever, those that have ended, in the order in which they were scheduled. */
  readonly tasks: readonly TaskView[];
  /** What replicas have noted for each other. */
  readonly notes: ReadonlyMap<string, Json>;
}

/** Who was not heard of for so long is away. */
export const AWAY_MS = 30_000;
/** What has ended is shown for so long, so that each replica comes to know of it. */
export const KEPT_MS = 600_000;
/** A task that so many replicas have died with is given to nobody any more: it may be what they died of. */
export const DEATHS = 3;

/**
 * One replica's way to the queue that it shares with the others of its service.
 *
 * Every method throws QueueError: `QUEUE_UNAVAILABLE` when the queue cannot be reached, `QUEUE_PERMISSION` when a right is missing. Nothing has
 * to be opened anew then: calls work again once it can be reached. Once it is disposed, every method throws `QUEUE_FAILED`.
 */
export interface Queue extends AsyncDisposable {
  /**
   * Offers a task to all replicas. Gives `false`, and changes nothing, when one of its key is waiting or taken.
   */
  schedule(task: Task): Promise<boolean>;
  /**
   * The next task, the one that waits for the longest time first; waits until there is one. From now on it is this replica's, for as long as
   * its process lives: no later than a minute after the process has died, another is given it.
   *
   * @throws the signal's reason when it is aborted; then no task is taken, or it is given back at once.
   */
  take(signal: AbortSignal): Promise<Taken>;
  /** This has come of it. Changes nothing when the task is not this replica's any more. */
  done(taken: Taken, result: Json): Promise<void>;
  /**
   * Takes the task of this key back where one is waiting, and has the replica that has it end: within some seconds its signal is aborted. Its key is
   * free at once. Nothing happens where there is no such task.
   */
  stop(key: string): Promise<void>;
  /** Says what others are to know of this replica, and gives what there is, as of now. To be called every few seconds: who does not is away. */
  look(says: Json): Promise<QueueView>;
  /** Notes something for all replicas, or takes it away with `null`. It stays, whoever ends. Names are any text of 200 characters at most. */
  note(name: string, value: Json): Promise<void>;
  /**
   * Leaves: from now on the replica is away, what it has is given to others at once (its signal is aborted), and takes that wait throw. Ends within
   * some seconds even when the queue cannot be reached; then others learn of it as of a death.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Who opens a queue. */
export interface QueueContext {
  /** Replicas of the same name share the work, and others know nothing of it. Any text of 200 characters at most. */
  readonly service: string;
  /** No two replicas have the same. Any text of 200 characters at most. */
  readonly replica: string;
  /** Folder against which relative paths in the config are resolved. */
  readonly baseDir: string;
}

/** What a package of a queue exports as `default`. */
export interface QueueAdapter<Config = unknown> {
  /** The short name, such as `postgres`. */
  readonly name: string;
  /** The version of this contract that the adapter keeps. */
  readonly contract: 1;
  /** Checks the `serve.queue` section of the config without its `type`, and fills in defaults. */
  readonly config: ConfigSchema<Config>;
  /**
   * Connects, and makes what the queue needs where it is missing.
   *
   * @throws QueueError as every method of {@link Queue}.
   */
  open(config: Config, context: QueueContext): Promise<Queue>;
}
