import { SinkError } from '@tdp-sync/sink';
import type { MssqlConfig } from './config.ts';
import { LoadSession } from './session.ts';

/** How many are kept for the next loads. */
const KEPT = 4;

/** The sessions of loads: each load has one to itself, and leaves it to the next one if nothing has gone wrong in it. */
export class LoadSessions {
  readonly #config: MssqlConfig;
  #idle: LoadSession[] = [];

  constructor(config: MssqlConfig) {
    this.#config = config;
  }

  /** A session with empty staging tables. */
  async take(): Promise<LoadSession> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      try {
        await idle.clear();
        return idle;
      } catch (error) {
        await idle.connection.close();
        // What may be no more than an idle connection that somebody has ended.
        if (!(error instanceof SinkError && error.retryable)) throw error;
      }
    }
    return LoadSession.open(this.#config);
  }

  /** Keeps a session, or ends it: then the server drops its tables. */
  async giveBack(session: LoadSession, isSound: boolean): Promise<void> {
    if (isSound && session.isReusable && this.#idle.length < KEPT) this.#idle.push(session);
    else await session.connection.close();
  }

  /** Ends those that are kept. */
  async close(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map(({ connection }) => connection.close()));
  }
}
