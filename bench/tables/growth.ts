import { type Measured, runCase } from '../process.ts';
import { cpuRatio, cpuUs, interleaved, medianOf } from '../rounds.ts';
import { type Corpus, writeCorpus } from './corpus.ts';
import { type Amounts, filesFor } from './kinds.ts';
import { madeUp } from './synthetic.ts';

/** What grows, and how far. The first of each is what the others are compared with. */
export interface Axes {
  readonly columns: readonly number[];
  readonly tables: readonly number[];
  readonly layouts: readonly number[];
  /** Layouts of 300 columns, by turns. */
  readonly wide: readonly number[];
  /** Files, each with tables of its own. */
  readonly apart: readonly number[];
  /** Layouts that the database holds and the documents have nothing to do with. */
  readonly untouched: readonly number[];
}

/** One size on one axis, in medians over the rounds. */
export interface GrowthPoint {
  readonly axis: keyof Axes;
  readonly size: number;
  readonly extract: ExtractGrowth | null;
  readonly sync: SyncGrowth;
}

/** Extraction and reading of all rows, in memory. */
export interface ExtractGrowth {
  readonly cpuUsPerFile: number;
  /** CPU time over that of `JSON.parse` alone, in the same round. */
  readonly ofParse: number;
  /** CPU time over that of the first size, in the same round. */
  readonly ofFirst: number;
}

/** The whole sync into DuckDB. */
export interface SyncGrowth {
  readonly files: number;
  readonly commits: number;
  readonly cpuUsPerFile: number;
  readonly cpuMsPerCommit: number;
  /** CPU time per file over that of the first size, in the same round. */
  readonly ofFirst: number;
  readonly peakMiB: number;
}

interface Setting {
  readonly axis: keyof Axes;
  readonly size: number;
  readonly corpus: Corpus;
  readonly before?: Corpus;
  readonly perCommit?: number;
  readonly extracted: number;
  readonly synced: number;
}

/** A document has so many values, however they are spread. */
const CELLS = 1_000;
/** `_parent_row`, `uuid` and `parent_uuid` count as well. */
const OWN_COLUMNS = 3;
const MAX_COLUMNS = 1_000;
const DOCUMENTS = 50;
const WIDE = 300;
/** Small commits show what a commit costs by itself. */
const PER_COMMIT = 16;
const COMMITS = 40;

/** Measures what a document and a commit cost as tables get wider and more. */
export async function measureGrowth(
  folder: string,
  axes: Axes,
  amounts: Amounts,
): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const axis of Object.keys(axes) as (keyof Axes)[]) {
    const settings: Setting[] = [];
    for (const size of axes[axis]) settings.push(await SETTINGS[axis](folder, size, amounts));
    points.push(...(await measureAxis(settings, amounts.rounds)));
  }
  return points;
}

const SETTINGS: Readonly<
  Record<keyof Axes, (folder: string, size: number, amounts: Amounts) => Promise<Setting>>
> = {
  columns: async (folder, size, amounts) => {
    const columns = Math.min(size, MAX_COLUMNS - OWN_COLUMNS);
    const layout = { number: 0, tables: 1, rows: Math.ceil(CELLS / size), columns };
    const corpus = await writeCorpus(folder, `columns-${size}`, madeUp(layout, DOCUMENTS));
    return { axis: 'columns', size, corpus, ...filesOf(corpus, amounts) };
  },
  tables: async (folder, size, amounts) => {
    const layout = { number: 0, tables: size, rows: Math.ceil(CELLS / 10 / size), columns: 10 };
    const corpus = await writeCorpus(folder, `tables-${size}`, madeUp(layout, DOCUMENTS));
    return { axis: 'tables', size, corpus, ...filesOf(corpus, amounts) };
  },
  /** The layouts come by turns, so that each batch meets all of them. */
  layouts: async (folder, size, amounts) => {
    const contents = Array.from({ length: Math.max(DOCUMENTS, size) }, (_, at) =>
      madeUp({ number: at % size, tables: 4, rows: 25, columns: 10 }, 1),
    );
    const corpus = await writeCorpus(folder, `layouts-${size}`, contents.flat());
    return { axis: 'layouts', size, corpus, ...filesOf(corpus, amounts) };
  },
  /** Ten of them are more than one load may write to. */
  wide: async (folder, size, amounts) => {
    const contents = Array.from({ length: size }, (_, number) =>
      madeUp({ number, tables: 1, rows: 1, columns: WIDE }, 1),
    );
    const corpus = await writeCorpus(folder, `wide-${size}`, contents.flat());
    return { axis: 'wide', size, corpus, ...filesOf(corpus, amounts) };
  },
  apart: async (folder, size) => {
    const contents = Array.from({ length: size }, (_, number) =>
      madeUp({ number, tables: 1, rows: 1, columns: 10 }, 1),
    );
    const corpus = await writeCorpus(folder, `apart-${size}`, contents.flat());
    return { axis: 'apart', size, corpus, extracted: 0, synced: size };
  },
  untouched: async (folder, size) => {
    const layout = { tables: 4, rows: 3, columns: 10 };
    const own = madeUp({ ...layout, number: 0 }, DOCUMENTS);
    const corpus = await writeCorpus(folder, `touched-${size}`, own);
    // The first one is the documents' own, so that none of their commits makes a table.
    const others = Array.from({ length: size + 1 }, (_, number) =>
      madeUp({ ...layout, number }, 1),
    );
    const before = await writeCorpus(folder, `untouched-${size}`, others.flat());
    const synced = PER_COMMIT * COMMITS;
    const setting = { axis: 'untouched', size, corpus, before, extracted: 0, synced } as const;
    return { ...setting, perCommit: PER_COMMIT };
  },
};

function filesOf(corpus: Corpus, amounts: Amounts): Pick<Setting, 'extracted' | 'synced'> {
  const { extractBytes, syncBytes } = amounts;
  return { extracted: filesFor(corpus, extractBytes), synced: filesFor(corpus, syncBytes / 2) };
}

async function measureAxis(
  settings: readonly Setting[],
  rounds: number,
): Promise<readonly GrowthPoint[]> {
  const runs = await interleaved(rounds, Object.fromEntries(settings.flatMap(casesOf)));
  const of = (name: string, { size }: Setting) => runs[`${name} ${size}`] ?? [];
  return settings.map((setting) => {
    const first = settings[0] ?? setting;
    const parse = of('parse', setting);
    const extract = of('extract', setting);
    const sync = of('sync', setting);
    checkCounts(setting, sync);
    const { axis, size } = setting;
    return {
      ...{ axis, size },
      extract: extract.length === 0 ? null : extractGrowth(extract, parse, of('extract', first)),
      sync: syncGrowth(sync, of('sync', first)),
    };
  });
}

function extractGrowth(
  runs: readonly Measured[],
  parse: readonly Measured[],
  first: readonly Measured[],
): ExtractGrowth {
  const cpuUsPerFile = medianOf(runs, cpuUs);
  return { cpuUsPerFile, ofParse: cpuRatio(runs, parse), ofFirst: cpuRatio(runs, first) };
}

function syncGrowth(runs: readonly Measured[], first: readonly Measured[]): SyncGrowth {
  return {
    files: medianOf(runs, ({ files }) => files),
    commits: medianOf(runs, ({ commits }) => commits),
    cpuUsPerFile: medianOf(runs, cpuUs),
    cpuMsPerCommit: medianOf(runs, ({ cpuMs, commits }) => cpuMs / commits),
    ofFirst: cpuRatio(runs, first),
    peakMiB: medianOf(runs, ({ peakMiB }) => peakMiB),
  };
}

function casesOf(setting: Setting): readonly (readonly [string, () => Promise<Measured>])[] {
  const { size, corpus, extracted, synced, before, perCommit } = setting;
  const { folder } = corpus;
  const input = {
    ...{ folder, files: synced, shape: 'rows' },
    ...(before === undefined ? {} : { before: before.folder, perCommit }),
  };
  const sync = [`sync ${size}`, () => runCase('sync', input)] as const;
  if (extracted === 0) return [sync];
  const extract = (how: string) => () => runCase('extract', { folder, how, files: extracted });
  return [[`parse ${size}`, extract('parse')], [`extract ${size}`, extract('rows')], sync];
}

function checkCounts({ axis, size, synced }: Setting, runs: readonly Measured[]): void {
  if (runs.some(({ files }) => files !== synced))
    throw new Error(`"${axis} ${size}" did not see all ${synced} files.`);
}
