import {
  type CommitResult,
  type Document,
  type Load,
  type RowDamage,
  type RowRoom,
  type Sink,
  SinkError,
  type State,
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { Retrievals } from './retrievals.ts';
import { SECOND } from './scenario.ts';
import type { SinkEvent, Trouble } from './troubles.ts';
import { type Runner, SYNC, type World } from './world.ts';

/** A connection to the database over which every call takes its time, may fail, and may find the process dead before, within and after. */
export class ShakySink implements Sink {
  readonly tablesPerLoad: number;
  readonly rowRoom: RowRoom;
  readonly #sink: Sink;
  readonly #world: World;
  readonly #runner: Runner;
  readonly #retrievals: Retrievals;

  constructor(sink: Sink, world: World, runner: Runner, retrievals: Retrievals) {
    this.#sink = sink;
    this.tablesPerLoad = sink.tablesPerLoad;
    this.rowRoom = sink.rowRoom;
    this.#world = world;
    this.#runner = runner;
    this.#retrievals = retrievals;
  }

  readState(sync: string): Promise<State | undefined> {
    return this.#call('readState', () => this.#sink.readState(sync));
  }

  documents(...given: Parameters<Sink['documents']>): AsyncIterable<StoredDocument> {
    return this.#list('documents', () => this.#sink.documents(...given));
  }

  rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    return this.#list('rows', () => this.#sink.rows(table, ids));
  }

  damages(...given: Parameters<Sink['damages']>): AsyncIterable<RowDamage> {
    // It reads rows too, and meets what a reader of rows meets.
    return this.#list('rows', () => this.#sink.damages(...given));
  }

  async begin(target: Target): Promise<Load> {
    const half = { ...target, tables: target.tables.slice(0, 1) };
    const load = await this.#call(
      'begin',
      () => this.#sink.begin(target),
      () => this.#sink.begin(half),
    );
    return this.#shakyLoad(load);
  }

  clear(sync: string): Promise<void> {
    return this.#sink.clear(sync);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }

  #shakyLoad(load: Load): Load {
    const staged: Document[] = [];
    let isLate = false;
    return {
      stage: async (documents) => {
        this.#runner.watch.staged += documents.length;
        await this.#call(
          'stage',
          () => load.stage(documents),
          () => load.stage(documents.slice(0, Math.ceil(documents.length / 2))),
        );
        staged.push(...documents);
      },
      commit: async (state) => {
        this.#retrievals.committing(staged);
        const trouble = this.#world.troubles.next('commit');
        if (trouble !== 'late') return this.#commit(load, staged, state, trouble);
        isLate = true;
        void this.#commitLate(load, staged, state);
        await this.#runner.process.step(this.#world.sinkLatency(), 'commit');
        throw this.#error('late');
      },
      [Symbol.asyncDispose]: async () => {
        const trouble = this.#world.troubles.next('release');
        await this.#runner.meet(trouble, 'before', 'release');
        if (!isLate) await load[Symbol.asyncDispose]();
        await this.#runner.meet(trouble, 'after', 'release');
      },
    };
  }

  async #commit(
    load: Load,
    staged: readonly Document[],
    state: State,
    trouble: Trouble | undefined,
  ): Promise<CommitResult> {
    const done = await this.#around('commit', trouble, () => this.#applied(load, staged, state));
    if (trouble === 'lost') throw this.#error('lost');
    return done;
  }

  async #applied(load: Load, staged: readonly Document[], state: State): Promise<CommitResult> {
    const refusal = this.#world.picky.refusal(staged, [`${SYNC}_files`, `${SYNC}_history`]);
    if (refusal !== undefined) {
      this.#runner.watch.trouble(`sink picky: ${refusal.message}`);
      throw refusal;
    }
    const result = await load.commit(state);
    this.#runner.watch.commit(staged.filter((document) => this.#isCounted(document)));
    this.#world.committed(this.#runner);
    return result;
  }

  /** Of a failed file that is missing, the rows that it has are made anew, too, which is no failure. */
  #isCounted({ status, order, rows }: Document): boolean {
    // Nor is it anything new of a file that its history begins.
    if ([...rows.keys()].join() === `${SYNC}_history`) return false;
    return status !== 'failed' || this.#world.engine.parseOrder(order)?.stage.is === 'failed';
  }

  /** The database works on although nobody listens any more. */
  async #commitLate(load: Load, staged: readonly Document[], state: State): Promise<void> {
    await this.#world.scheduler.wait(this.#world.random.int(1, 600) * SECOND, 'a late commit');
    await this.#applied(load, staged, state).catch((error: unknown) =>
      this.#world.note(`  (the late commit: ${error instanceof SinkError ? error.code : error})`),
    );
  }

  async #call<T>(
    event: SinkEvent,
    call: () => Promise<T>,
    half?: () => Promise<unknown>,
  ): Promise<T> {
    return this.#around(event, this.#world.troubles.next(event), call, half);
  }

  async #around<T>(
    event: SinkEvent,
    trouble: Trouble | undefined,
    call: () => Promise<T>,
    half?: () => Promise<unknown>,
  ): Promise<T> {
    const { process } = this.#runner;
    await this.#runner.meet(trouble, 'before', event);
    await process.step(this.#world.sinkLatency(), event);
    if (trouble === 'unavailable' || trouble === 'refused') throw this.#error(trouble);
    if (trouble === 'kill-within') {
      await half?.();
      return process.kill(`within ${event}`);
    }
    const result = await call();
    await process.step(this.#world.sinkLatency(), `${event} done`);
    await this.#runner.meet(trouble, 'after', event);
    return result;
  }

  async *#list<T>(event: SinkEvent, list: () => AsyncIterable<T>): AsyncGenerator<T> {
    const trouble = this.#world.troubles.next(event);
    await this.#runner.meet(trouble, 'before', event);
    await this.#runner.process.step(this.#world.sinkLatency(), event);
    if (trouble === 'unavailable' || trouble === 'refused') throw this.#error(trouble);
    let count = 0;
    for await (const item of list()) {
      count += 1;
      if (trouble === 'kill-within' && count > 1)
        await this.#runner.process.kill(`within ${event}`);
      if (count % 7 === 0) await this.#runner.process.step(this.#world.sinkLatency(), `${event}…`);
      yield item;
    }
    await this.#runner.meet(trouble, 'after', event);
  }

  #error(trouble: Trouble): SinkError {
    this.#runner.watch.trouble(`sink ${trouble}`);
    if (trouble === 'refused') return new SinkError('SINK_FAILED', 'refused');
    return new SinkError('SINK_UNAVAILABLE', `the connection broke (${trouble})`, {
      retryable: true,
    });
  }
}
