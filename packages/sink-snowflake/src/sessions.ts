import { SinkError } from '@tdp-sync/sink';
import { Session } from './session.ts';
import type { Settings } from './settings.ts';

/** A session that is shared, and who uses it. */
interface Shared {
  readonly session: Promise<Session>;
  users: number;
  isOld: boolean;
}

/**
 * The session that all but the loads share. What another session has just committed, one that was open before may not see: so there is
 * a new one after each commit, and one of its own for the state.
 */
export class Sessions {
  readonly #settings: Settings;
  readonly #open = new Set<Promise<Session>>();
  #shared: Shared | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Lends the shared session. */
  async with<T>(task: (session: Session) => Promise<T>): Promise<T> {
    const shared = this.#take();
    try {
      return await task(await shared.session);
    } catch (error) {
      this.#dropIfLost(error);
      throw error;
    } finally {
      this.#giveBack(shared);
    }
  }

  /** Lends the shared session to an iteration. */
  async *iterate<T>(task: (session: Session) => AsyncIterable<T>): AsyncGenerator<T> {
    const shared = this.#take();
    try {
      yield* task(await shared.session);
    } catch (error) {
      this.#dropIfLost(error);
      throw error;
    } finally {
      this.#giveBack(shared);
    }
  }

  /** Lends a session that is newer than the question, and so sees all that was committed before. */
  async withNew<T>(task: (session: Session) => Promise<T>): Promise<T> {
    const opening = this.#opened(false);
    try {
      return await task(await opening);
    } finally {
      await this.#end(opening);
    }
  }

  /** A session for a load, which ends it. */
  async forLoad(): Promise<Session> {
    return await Session.open(this.#settings, { keepsAwake: true });
  }

  /** Who asks from now on gets a new session. */
  renew(): void {
    const shared = this.#shared;
    this.#shared = undefined;
    if (shared === undefined) return;
    shared.isOld = true;
    if (shared.users === 0) void this.#end(shared.session);
  }

  /** Ends all. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((session) => this.#end(session)));
  }

  #take(): Shared {
    this.#shared ??= { session: this.#opened(false), users: 0, isOld: false };
    this.#shared.users += 1;
    return this.#shared;
  }

  #giveBack(shared: Shared): void {
    shared.users -= 1;
    if (shared.isOld && shared.users === 0) void this.#end(shared.session);
  }

  #opened(keepsAwake: boolean): Promise<Session> {
    const opening = Session.open(this.#settings, { keepsAwake });
    this.#open.add(opening);
    return opening;
  }

  async #end(opening: Promise<Session>): Promise<void> {
    const session = await opening.catch(() => undefined);
    await session?.close();
    this.#open.delete(opening);
  }

  #dropIfLost(error: unknown): void {
    if (error instanceof SinkError && /^SINK_/.test(error.code)) this.renew();
  }
}
