import type { BackfillReport, RunReport, SweepReport, VerifyReport } from '@tdp-sync/core';
import { createEmulator, type Emulator } from '@tdp-sync/emulator';
import { MemoryDatabase } from '@tdp-sync/sink/memory';
import { Clocks } from './clocks.ts';
import type { Engine } from './engine.ts';
import { FILTERS, type Filter, isMatched } from './filter.ts';
import { Lab } from './lab.ts';
import { Picky } from './picky.ts';
import { Presence } from './presence.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { type ProtocolEvent, type Trouble, Troubles } from './troubles.ts';
import { type Kind, type Seen, Watch } from './watch.ts';

/** The one sync that is simulated. */
export const SYNC = 'lab';
const START_MS = Date.UTC(2026, 5, 1, 8);

/** What a run says of itself at its end. */
export type Report = RunReport | SweepReport | BackfillReport | VerifyReport;

/** How a run ended by its own account. */
export type Ended = { readonly report: Report } | { readonly error: unknown };

/** One run of the engine in a process of its own. */
export class Runner {
  readonly process: Process;
  readonly watch: Watch;
  readonly stop = new AbortController();

  /** The filter that the config had when it began. */
  readonly filter: Filter;
  /** Whether it was to keep a history. */
  readonly history: boolean;

  readonly #scheduler: Scheduler;

  constructor(name: string, kind: Kind, { scheduler, lab }: World) {
    this.process = new Process(name, scheduler);
    this.watch = new Watch(kind, scheduler.nowMs);
    this.#scheduler = scheduler;
    this.filter = lab.filter;
    this.history = lab.history;
  }

  /** Lets a trouble strike that concerns the process: its death, or the wish that it ends. */
  async meet(
    trouble: Trouble | undefined,
    when: 'before' | 'after',
    what: ProtocolEvent,
  ): Promise<void> {
    if (trouble === `kill-${when}`) await this.process.kill(`${when} ${what}`);
    if (trouble === 'stop' && when === 'before') {
      this.watch.stop(this.#scheduler.nowMs);
      this.stop.abort(new Error('SIGINT'));
    }
  }
}

/** TDP, the database, the processes and the time they live in. */
export class World {
  readonly scenario: Scenario;
  readonly engine: Engine;
  readonly scheduler = new Scheduler(START_MS);
  readonly emulator: Emulator;
  readonly database = new MemoryDatabase();
  readonly lab: Lab;
  readonly #presences = new Map(FILTERS.map((filter) => [filter, new Presence()]));
  readonly troubles: Troubles;
  readonly clocks: Clocks;
  /** For what surrounds the engine. */
  readonly random: Random;
  /** For the engine's waits for the database. */
  readonly jitter: Random;
  /** For the stretches of time that are asked for. */
  readonly stretches: Random;
  /** What the database refuses. */
  readonly picky: Picky;
  readonly runners = new Set<Runner>();
  /** Somebody else has written to the tables: what they hold is not the engine's doing. */
  isVandalised = false;
  /** Looks at what a commit has left. */
  onCommitted: (by: Runner) => void = () => undefined;
  /** Judges what a run says of itself. */
  onEnded: (runner: Runner, end: Ended) => void = () => undefined;
  readonly counts = { sync: 0, sweep: 0, verify: 0, repair: 0, backfill: 0, killed: 0, failed: 0 };
  token: string;
  /** Until then no token is any good. */
  lockedUntilMs = 0;
  /** When tokens were revoked. */
  readonly revokedAtMs: number[] = [];
  readonly #latency: Random;

  constructor(scenario: Scenario, engine: Engine) {
    const { seed, switches, rates, planned } = scenario;
    this.scenario = scenario;
    this.engine = engine;
    this.random = Random.of(seed, 'world');
    this.jitter = Random.of(seed, 'jitter');
    this.stretches = Random.of(seed, 'stretches');
    this.picky = new Picky(scenario, this.scheduler);
    this.#latency = Random.of(seed, 'latency');
    this.emulator = createEmulator({ seed, switches, now: () => this.scheduler.nowMs });
    this.token = this.emulator.token;
    this.clocks = new Clocks(this.scheduler, scenario, Random.of(seed, 'wrong clocks'));
    this.lab = new Lab(
      this.emulator,
      this.scheduler,
      scenario,
      Random.of(seed, 'lab'),
      this.clocks,
    );
    this.lab.onAct = () => {
      for (const [filter, presence] of this.#presences)
        presence.look(this.#shown(filter), this.scheduler.nowMs);
      this.picky.act();
    };
    const slow = Random.of(seed, 'slow answers');
    this.troubles = new Troubles(planned, rates, Random.of(seed, 'troubles'), slow);
  }

  note(line: string): void {
    this.scheduler.note(line);
  }

  /** How long something takes on the way between here and TDP. Mostly little, sometimes long. */
  latency(): number {
    const share = this.#latency.next();
    if (this.troubles.isOver) return Math.round(5 + 300 * share ** 4);
    return Math.round(share > 0.98 ? 9000 * this.#latency.next() : 5 + 300 * share ** 4);
  }

  sinkLatency(): number {
    return Math.round(1 + 60 * this.#latency.next() ** 4);
  }

  /** What searches have shown of the files that a filter lets through. */
  presenceFor(filter: Filter): Presence {
    return this.#presences.get(filter) ?? new Presence();
  }

  /** What a search could show now, by the filter that the config has, or a run that began before. */
  visible(filter?: Filter): readonly Seen[] {
    this.emulator.lake.settle();
    return this.#shown(filter);
  }

  #shown(filter: Filter = this.lab.filter): readonly Seen[] {
    return [...this.emulator.lake.index.all()]
      .filter((doc) => !doc.file.hidden && !doc.flaggedDeleted && !doc.outdated)
      .filter(({ labels }) => isMatched(labels, filter))
      .map(({ file, fileId, indexedAt }) => {
        const { path, bucket, createdAt } = file;
        return { fileId, path, bucket, createdAt, indexedAt };
      });
  }

  /**
   * Whether a file has been at this key and has moved. So it seems, too, when a rule hides the version here, and one of before a move
   * is shown again where that was.
   */
  isLeft(key: string): boolean {
    const { engine, lab } = this;
    const isHere = (bucket: string, path: string): boolean =>
      engine.fileKey({ bucket, path, fileId: '' }) === key;
    if (lab.left.some(({ bucket, path }) => isHere(bucket, path))) return true;
    const buckets = new Set([...lab.byFileId.values()].map(({ file }) => file.bucket));
    return this.#shown().some(
      (doc) =>
        engine.fileKey(doc) !== key && [...buckets].some((bucket) => isHere(bucket, doc.path)),
    );
  }

  fileIdOfVersion(versionId: string): string | undefined {
    for (const [fileId, { file }] of this.lab.byFileId)
      if (file.versionId === versionId) return fileId;
    return undefined;
  }

  /** A commit has been applied. */
  committed(by: Runner): void {
    for (const runner of this.runners) if (runner !== by) runner.watch.overtaken = true;
    this.onCommitted(by);
  }
}
