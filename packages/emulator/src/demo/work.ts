import type { FileVersion } from '../lake/file.ts';
import type { Lake } from '../lake/lake.ts';
import { type Random, seededRandom } from '../random.ts';
import { KINDS } from './kinds.ts';
import { demoSample, type Measurement, putDocument, putRaw } from './measurement.ts';

/** How a lab goes on working. */
export interface WorkOptions {
  /** Time between two events. Default 2,000. */
  readonly everyMs?: number;
  /** Default 7. */
  readonly seed?: number;
  /** The lake's clock. Default `Date.now`. */
  readonly now?: () => number;
}

interface Done {
  readonly measurement: Measurement;
  readonly raw: FileVersion;
  readonly document: FileVersion | undefined;
}

const FIRST_NUMBER = 50_000;

/** A lab at work: each step something arrives, is parsed again, gets labels, or is deleted. */
export class LabWork {
  readonly #lake: Lake;
  readonly #random: Random;
  readonly #now: () => number;
  readonly #done: Done[] = [];
  #number = FIRST_NUMBER;

  constructor(lake: Lake, options: WorkOptions = {}) {
    this.#lake = lake;
    this.#random = seededRandom(options.seed ?? 7);
    this.#now = options.now ?? Date.now;
  }

  /** Lets one thing happen and says which. */
  step(): 'measured' | 'reprocessed' | 'labelled' | 'deleted' {
    const chance = this.#random.next();
    const old = this.#done[this.#random.int(this.#done.length)];
    if (old?.document === undefined || chance < 0.6) return this.#measure();
    if (chance < 0.8) return this.#reprocess(old);
    if (chance < 0.95) return this.#label(old);
    this.#lake.delete(old.document.fileId);
    this.#done.splice(this.#done.indexOf(old), 1);
    return 'deleted';
  }

  #measure(): 'measured' {
    const random = this.#random;
    const number = this.#number++;
    const sample = demoSample(random, number);
    const measurement = {
      kind: random.pick(KINDS),
      number,
      sample,
      time: this.#now(),
      progress: 1,
    };
    const raw = putRaw(this.#lake, measurement, random, {
      indexedAfterMs: 500 + random.int(1_500),
    });
    const document = putDocument(this.#lake, measurement, raw, random, this.#parsing());
    this.#done.push({ measurement, raw, document });
    return 'measured';
  }

  #reprocess(old: Done): 'reprocessed' {
    const document = putDocument(
      this.#lake,
      old.measurement,
      old.raw,
      this.#random,
      this.#parsing(),
    );
    this.#done[this.#done.indexOf(old)] = { ...old, document };
    return 'reprocessed';
  }

  #label({ document }: Done): 'labelled' {
    if (document !== undefined) {
      const value = this.#random.pick(['draft', 'reviewed', 'approved']);
      const others = document.labels.filter(({ name }) => name !== 'status');
      this.#lake.label(document.fileId, [...others, { name: 'status', value }]);
    }
    return 'labelled';
  }

  #parsing(): { indexedAfterMs: number } {
    return { indexedAfterMs: 2_000 + this.#random.int(8_000) };
  }
}

/** Lets a lab go on working by itself until it is disposed. */
export function continueWork(lake: Lake, options: WorkOptions = {}): Disposable {
  const work = new LabWork(lake, options);
  const timer = setInterval(() => work.step(), options.everyMs ?? 2_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
