import type { Emulator, FileVersion, Label } from '@tdp-sync/emulator';
import type { Clocks } from './clocks.ts';
import { contentOf } from './document.ts';
import { FILTERS, type Filter, isMatched } from './filter.ts';
import { Random } from './random.ts';
import { Refusals } from './refusals.ts';
import { HOUR, MINUTE, type Scenario, SECOND } from './scenario.ts';
import type { Scheduler } from './scheduler.ts';
import type { Variant } from './transform.ts';
import { type LabVersion, Versions } from './versions.ts';

const PATHS = 24;
/** However much is refused, this one is always to be had: nobody touches it. */
const ALWAYS = 26;

/** The people and instruments around TDP: files come, change and go while the engine works. */
export class Lab {
  readonly #lake: Emulator['lake'];
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #scenario: Scenario;
  /** For what TDP takes back, so that all else stays what it is without. */
  readonly #back: Random;
  readonly #large: Random;
  readonly #filters: Random;
  readonly #histories: Random;
  readonly refusals: Refusals;
  readonly #clocks: Clocks;
  readonly #versions = new Versions();
  readonly byFileId: ReadonlyMap<string, LabVersion> = this.#versions.byFileId;
  /** When the file with this S3 key was last seen deleted. */
  readonly deletedUntil = new Map<string, number>();
  /** When a filter was last seen to leave out the file with this S3 key, by both. */
  readonly unmatchedUntil = new Map<string, number>();
  /** Where files have been before they moved. */
  readonly left: { readonly bucket: string; readonly path: string }[] = [];
  /** Looks at what TDP shows, before and after whatever is done. */
  onAct: () => void = () => undefined;
  /** Which mapping the config has now. */
  variant: Variant = 0;
  /** Which filter it has. */
  filter: Filter;
  /** Whether it says that a history is kept. */
  history: boolean;
  acts = 0;

  constructor(
    emulator: Emulator,
    scheduler: Scheduler,
    scenario: Scenario,
    random: Random,
    clocks: Clocks,
  ) {
    this.#lake = emulator.lake;
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#random = random;
    this.#back = Random.of(scenario.seed, 'back');
    this.#large = Random.of(scenario.seed, 'large');
    this.#filters = Random.of(scenario.seed, 'filters');
    this.#histories = Random.of(scenario.seed, 'histories');
    this.history = scenario.settings.history;
    this.filter = scenario.settings.isFiltered ? 'wanted' : 'all';
    this.refusals = new Refusals(emulator.lake, scheduler, scenario);
    this.#clocks = clocks;
  }

  /** What was there before the first run. */
  open(): void {
    if (this.#scenario.refused > 0) this.#put(ALWAYS, { agoMs: HOUR });
    for (let count = 0; count < this.#scenario.files; count += 1) {
      const agoMs = this.#random.int(10 * MINUTE, 20 * HOUR);
      this.#put(this.#random.int(0, PATHS - 1), { agoMs });
    }
  }

  /** Works until the time is up. */
  async work(untilMs: number): Promise<void> {
    while (true) {
      await this.#scheduler.wait(this.#pauseMs(), 'lab');
      if (this.#scheduler.nowMs > untilMs) return;
      this.acts += 1;
      this.#act();
    }
  }

  #pauseMs(): number {
    const pauseMs = this.#random.wait(this.#scenario.labEveryMs) + 1;
    if (!this.#scenario.wholeSeconds) return pauseMs;
    const { nowMs } = this.#scheduler;
    return Math.ceil((nowMs + pauseMs) / SECOND) * SECOND - nowMs;
  }

  /** Keeps in mind which files are deleted at this moment. */
  remember(): void {
    const { nowMs } = this.#scheduler;
    for (const { deleted, path } of this.#versions.newest())
      if (deleted) this.deletedUntil.set(path, nowMs);
    for (const { file, labels } of this.#lake.index.all())
      for (const filter of FILTERS)
        if (!file.hidden && !isMatched(labels, filter))
          this.unmatchedUntil.set(`${filter} ${file.path}`, nowMs);
    this.onAct();
  }

  #act(): void {
    const random = this.#random;
    const choice = random.int(0, 99);
    const path = random.int(0, PATHS - 1);
    this.remember();
    this.refusals.act();
    if (this.#histories.chance(this.#scenario.historyFlips)) this.#flipHistory();
    if (this.#filters.chance(this.#scenario.refilters)) this.#refilter();
    else if (this.#back.chance(this.#scenario.goingBack)) this.#goBack();
    else if (choice < 40) this.#put(path, {});
    else if (choice < 48) this.#put(path, { indexedAfterMs: random.int(0, 15 * MINUTE) });
    else if (choice < 54)
      this.#put(path, { visibleAfterMs: random.int(0, this.#scenario.settings.lookbackMs) });
    else if (choice < 56) this.#put(path, { visibleAfterMs: random.int(1, 3) * HOUR });
    else if (choice < 58) this.#put(path, { isBroken: true });
    else if (choice < 68) this.#change('label', (file) => this.#label(file));
    else if (choice < 74) this.#change('re-index', ({ fileId }) => this.#lake.reindex(fileId));
    else if (choice < 78) this.#reindexOld();
    else if (choice < 84) this.#delete();
    else if (choice < 90) this.#restore();
    else if (choice < 92) this.#change('lineage', ({ fileId }) => this.#lake.touchLineage(fileId));
    else if (choice < 94) this.#change('hide', ({ fileId }) => this.#lake.hide(fileId));
    else if (choice < 97) this.#show();
    else if (choice < 98) this.#reindexAll();
    else if (choice < 99) this.#remap();
    this.remember();
  }

  #put(
    place: number,
    how: {
      readonly agoMs?: number;
      readonly indexedAfterMs?: number;
      readonly visibleAfterMs?: number;
      readonly isBroken?: boolean;
    },
  ): void {
    const path = `/run-${place}.json`;
    const { agoMs = 0, isBroken = false, ...times } = how;
    const createdAt = this.#scheduler.nowMs - agoMs;
    const category = place % 5 === 0 ? 'RAW' : 'IDS';
    const name = `${category}${path}`;
    const newest = this.#versions.of(name).at(-1)?.file;
    // TDP counts creation in seconds; which of two versions of one second is newer, nobody can tell.
    if (newest !== undefined && createdAt - newest.createdAt < 2 * SECOND) return;
    if (newest?.deleted === true || newest?.hidden === true) return;
    const number = this.#versions.begin(name);
    const isLarge = this.#large.chance(this.#scenario.large);
    const text = contentOf({ path, number, isLarge, isBroken }, this.#random);
    const file = this.#lake.put({
      path,
      category,
      content: text,
      createdAt,
      ...(category === 'IDS' ? { ids: 'common/simulated:v1.0.0' } : {}),
      ...(agoMs > 0 ? { indexedAt: createdAt } : {}),
      ...times,
      ...this.#wrongStamp(agoMs),
    });
    if (newest !== undefined && newest.bucket !== file.bucket)
      this.#lake.move(file.fileId, newest.bucket);
    const isRefused = place !== ALWAYS && this.refusals.strikes(file.fileId);
    const isLost = (isBroken || isRefused) && category === 'IDS';
    this.#versions.add(name, { file, number, text, isRefused, isBroken: isLost });
    this.#note(
      `put${isBroken ? ' broken' : ''}${isRefused ? ' refused' : ''} ${JSON.stringify(times)}`,
      file,
    );
  }

  /** Stamped in the future, and shown at once. */
  #wrongStamp(agoMs: number): { readonly indexedAt?: number; readonly visibleAfterMs?: number } {
    const indexedAt = agoMs > 0 ? undefined : this.#clocks.stampMs();
    if (indexedAt === undefined) return {};
    return { indexedAt, visibleAfterMs: this.#scheduler.nowMs - indexedAt };
  }

  #note(action: string, file: FileVersion): void {
    const { number } = this.byFileId.get(file.fileId) ?? { number: -1 };
    const name = `${file.filePath} v${number} ${file.fileId.slice(0, 8)}`;
    this.#scheduler.note(`lab ${action}: ${name}`);
  }

  #newest(fits: (file: FileVersion) => boolean): FileVersion | undefined {
    const files = this.#versions
      .newest()
      .filter((file) => file.filePath !== `/run-${ALWAYS}.json` && fits(file));
    return files.length === 0 ? undefined : this.#random.pick(files);
  }

  #change(name: string, change: (file: FileVersion) => void): void {
    const file = this.#newest(({ deleted, hidden }) => !deleted && !hidden);
    if (file === undefined) return;
    this.#note(name, file);
    change(file);
  }

  #label(file: FileVersion): void {
    const labels: Label[] = [{ name: 'state', value: `s${this.#random.int(0, 3)}` }];
    this.#lake.label(file.fileId, labels);
  }

  #reindexOld(): void {
    const chain = this.#random.pick([...this.#versions.all(), []]);
    const newest = chain.at(-1)?.file;
    if (chain.length < 2 || newest === undefined || newest.deleted || newest.hidden) return;
    const old = this.#random.pick(chain.slice(0, -1)).file;
    if (old.hidden) return;
    this.#note('re-index old', old);
    this.#lake.reindex(old.fileId);
  }

  /** The newest version is taken away for good, or the file moves to another bucket. */
  #goBack(): void {
    const file = this.#newest(
      ({ deleted, hidden, fileId }) =>
        !deleted && !hidden && this.#lake.index.get(fileId) !== undefined,
    );
    if (file === undefined) return;
    const older = this.#versions.of(file.path).at(-2)?.file;
    if (older !== undefined && !older.deleted && !older.hidden && this.#back.chance(0.7)) {
      this.#note('roll back', file);
      if (older.bucket !== file.bucket) this.left.push({ bucket: file.bucket, path: file.path });
      this.#lake.rollBack(file.path, { restamp: this.#back.chance(0.5) });
      this.#versions.takeBack(file.path);
    } else {
      const bucket = this.#back.pick(['cold', 'warm']);
      this.#note(`move to ${bucket}`, file);
      this.left.push({ bucket: file.bucket, path: file.path });
      this.#lake.move(file.fileId, bucket);
    }
  }

  #delete(): void {
    const file = this.#newest((one) => !one.deleted);
    if (file === undefined) return;
    this.#note('delete', file);
    this.#lake.delete(file.fileId);
  }

  #restore(): void {
    const file = this.#newest(({ deleted }) => deleted);
    if (file === undefined) return;
    const restamp = this.#random.chance(0.5);
    this.#note(`restore${restamp ? ' with a new stamp' : ''}`, file);
    this.#lake.restore(file.fileId, { restamp });
  }

  #show(): void {
    const file = this.#newest(({ hidden }) => hidden);
    if (file === undefined) return;
    this.#note('show', file);
    this.#lake.show(file.fileId);
  }

  #reindexAll(): void {
    this.#scheduler.note('lab re-indexes everything');
    for (const { deleted, hidden, fileId } of this.#versions.newest())
      if (!deleted && !hidden) this.#lake.reindex(fileId);
  }

  #refilter(): void {
    this.filter = this.#filters.pick(FILTERS.filter((one) => one !== this.filter));
    this.#scheduler.note(`config: filter ${this.filter}`);
  }

  #flipHistory(): void {
    this.history = !this.history;
    this.#scheduler.note(`config: history ${this.history}`);
  }

  #remap(): void {
    this.variant = this.variant === 0 ? 1 : 0;
    this.#scheduler.note(`config: mapping ${this.variant}`);
  }
}
