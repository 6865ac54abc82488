import type { FileHit, Hold, TdpClient } from '@tdp-sync/core';
import type { Document } from '@tdp-sync/sink';
import { MINUTE } from './scenario.ts';
import { Violation } from './violation.ts';
import { type Runner, SYNC, type World } from './world.ts';

/** Longer than the age of a batch and the patience with a slow file together, with some to spare. */
const SOON_MS = MINUTE;

/** Of the room that there is, so much besides is there for what is tried a second time. */
const AGAIN = 1 / 8;

/** Watches the files of one run from their retrieval to their commit: how much is held at once, and for how long. */
export class Retrievals {
  readonly #world: World;
  readonly #runner: Runner;
  /** What each file that is under way was given room for. */
  readonly #held = new Map<string, number>();
  /** When files came that are not committed yet, by fileId. */
  readonly #came = new Map<string, number>();

  constructor(world: World, runner: Runner) {
    this.#world = world;
    this.#runner = runner;
  }

  /** The client as the engine is given it. */
  of(client: TdpClient): TdpClient {
    const retrieve: TdpClient['retrieve'] = async (file, signal, hold) => {
      // What a probe was given is thrown away, and this is another time.
      this.#came.delete(file.fileId);
      try {
        const content = await client.retrieve(file, signal, this.#watched(file, hold, signal));
        this.#runner.watch.had += 1;
        this.#noteCome(file);
        return content;
      } finally {
        this.#held.delete(file.fileId);
      }
    };
    return new Proxy(client, {
      get: (of, name: keyof TdpClient) => (name === 'retrieve' ? retrieve : of[name].bind(of)),
    });
  }

  committing(documents: readonly Document[]): void {
    for (const { order, status } of documents) {
      const fileId = this.#world.engine.parseOrder(order)?.fileId ?? '';
      const cameMs = this.#came.get(fileId);
      this.#came.delete(fileId);
      // A failure waits for its turn: only then it is clear whose it is.
      if (cameMs === undefined || status === 'failed') continue;
      const waitedMs = Math.round(this.#world.scheduler.nowMs - cameMs);
      if (waitedMs > SOON_MS)
        throw new Violation(`${fileId} had come ${waitedMs} ms before it was committed`);
    }
  }

  #watched({ fileId }: FileHit, hold: Hold | undefined, signal: AbortSignal | undefined): Hold {
    const given = (bytes: number): void => {
      // Who is given up waits no more, and takes nothing.
      if (signal?.aborted === true) return;
      this.#held.set(fileId, bytes);
      this.#expectRoom();
    };
    return (bytes) => {
      // A large one that begins to come is had, whether or not it is wanted to its end.
      if (bytes > 0) this.#runner.watch.had += 1;
      const wait = hold?.(bytes);
      if (wait === undefined) given(bytes);
      return wait?.then(() => given(bytes));
    };
  }

  /**
   * The first in order may hold what it wants. Files that are tried a second time have an order of their own, and a part of the
   * room besides.
   */
  #expectRoom(): void {
    const { aheadBytes } = this.#world.scenario.settings;
    const orders = this.#runner.watch.refused.size > 0 ? 2 : 1;
    const others = [...this.#held.values()].sort((a, b) => b - a).slice(orders);
    const sum = others.reduce((all, bytes) => all + bytes, 0);
    if (sum <= aheadBytes * (orders === 1 ? 1 : 1 + AGAIN)) return;
    this.#world.scheduler.fail(
      new Violation(`${sum} bytes are held besides the largest, and ${aheadBytes} may be`),
    );
  }

  /** What cannot become rows waits for its turn; what a verification or a probe looks at, which has it already, is not committed. */
  #noteCome(file: FileHit): void {
    const { lab, scheduler, engine, database } = this.#world;
    const { fileId } = file;
    const isGood = lab.byFileId.get(fileId)?.isBroken === false;
    const line = database.content.ledgers.get(SYNC)?.get(engine.fileKey(file));
    const isHeld = line !== undefined && engine.parseOrder(line.order)?.loadedFileId === fileId;
    const { kind } = this.#runner.watch;
    if (isGood && !isHeld && (kind === 'sync' || kind === 'sweep'))
      this.#came.set(fileId, scheduler.nowMs);
  }
}
