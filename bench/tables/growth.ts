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
  /** Layouts that the database holds and the documents have nothing to do with. */
  readonly untouched: readonly number[];
}

/** One size on one axis, in medians over the rounds. */
export interface GrowthPoint {
  readonly axis: keyof Axes;
  readonly size: number;
  readonly files: number;
  /** Files in one commit, where that is what is looked at. */
  readonly perCommit: number | null;
  readonly extractUs: number | null;
  readonly syncUs: number;
  /** CPU time of the extraction over `JSON.parse` alone, in the same round. */
  readonly ofParse: number | null;
  /** CPU time per file over that of the first size, in the same round. */
  readonly extractGrowth: number | null;
  readonly syncGrowth: number;
  readonly peakMiB: number;
}

interface Setting {
  readonly axis: keyof Axes;
  readonly size: number;
  readonly corpus: Corpus;
  readonly before?: Corpus;
  readonly perCommit?: number;
  readonly files: number;
}

/** A document has so many values, however they are spread. */
const CELLS = 1_000;
/** `_parent_row`, `uuid` and `parent_uuid` count as well. */
const OWN_COLUMNS = 3;
const MAX_COLUMNS = 1_000;
const DOCUMENTS = 50;
/** Small commits show what a commit costs by itself. */
const PER_COMMIT = 16;
const COMMITS = 40;

/** Measures what a document and a commit cost as tables get wider and more. */
export async function measureGrowth(
  folder: string,
  axes: Axes,
  amounts: Amounts,
): Promise<readonly GrowthPoint[]> {
  const settings: Setting[] = [];
  for (const size of axes.columns) settings.push(await ofColumns(folder, size, amounts));
  for (const size of axes.tables) settings.push(await ofTables(folder, size, amounts));
  for (const size of axes.layouts) settings.push(await ofLayouts(folder, size, amounts));
  for (const size of axes.untouched) settings.push(await besideOthers(folder, size));
  const points: GrowthPoint[] = [];
  for (const axis of Object.keys(axes) as (keyof Axes)[]) {
    const own = settings.filter((setting) => setting.axis === axis);
    points.push(...(await measureAxis(own, amounts.rounds)));
  }
  return points;
}

async function ofColumns(folder: string, size: number, amounts: Amounts): Promise<Setting> {
  const columns = Math.min(size, MAX_COLUMNS - OWN_COLUMNS);
  const layout = { number: 0, tables: 1, rows: Math.ceil(CELLS / size), columns };
  const corpus = await writeCorpus(folder, `columns-${size}`, madeUp(layout, DOCUMENTS));
  return { axis: 'columns', size, corpus, files: filesFor(corpus, amounts.syncBytes) };
}

async function ofTables(folder: string, size: number, amounts: Amounts): Promise<Setting> {
  const layout = { number: 0, tables: size, rows: Math.ceil(CELLS / 10 / size), columns: 10 };
  const corpus = await writeCorpus(folder, `tables-${size}`, madeUp(layout, DOCUMENTS));
  return { axis: 'tables', size, corpus, files: filesFor(corpus, amounts.syncBytes) };
}

/** The layouts come by turns, so that each batch has all of them. */
async function ofLayouts(folder: string, size: number, amounts: Amounts): Promise<Setting> {
  const contents = Array.from({ length: Math.max(DOCUMENTS, size) }, (_, at) =>
    madeUp({ number: at % size, tables: 4, rows: 25, columns: 10 }, 1),
  ).flat();
  const corpus = await writeCorpus(folder, `layouts-${size}`, contents);
  return { axis: 'layouts', size, corpus, files: filesFor(corpus, amounts.syncBytes) };
}

async function besideOthers(folder: string, size: number): Promise<Setting> {
  const layout = { tables: 4, rows: 3, columns: 10 };
  const own = madeUp({ ...layout, number: 0 }, DOCUMENTS);
  const corpus = await writeCorpus(folder, `touched-${size}`, own);
  // The first is the one that goes on to be used, so that its tables are there too.
  const others = Array.from({ length: size + 1 }, (_, number) => madeUp({ ...layout, number }, 1));
  const before = await writeCorpus(folder, `untouched-${size}`, others.flat());
  const files = PER_COMMIT * COMMITS;
  return { axis: 'untouched', size, corpus, before, perCommit: PER_COMMIT, files };
}

async function measureAxis(
  settings: readonly Setting[],
  rounds: number,
): Promise<readonly GrowthPoint[]> {
  const runs = await interleaved(rounds, Object.fromEntries(settings.flatMap(casesOf)));
  const of = (name: string, { size }: Setting) => runs[`${name} ${size}`] ?? [];
  return settings.map((setting, at) => {
    const { axis, size, files, perCommit = null } = setting;
    const first = settings[0] ?? setting;
    const [parse, extract, sync] = ['parse', 'extract', 'sync'].map((name) => of(name, setting));
    checkCounts(setting, sync ?? []);
    const hasExtract = extract !== undefined && extract.length > 0;
    return {
      ...{ axis, size, files, perCommit },
      extractUs: hasExtract ? medianOf(extract, cpuUs) : null,
      syncUs: medianOf(sync ?? [], cpuUs),
      ofParse: hasExtract ? cpuRatio(extract, parse ?? []) : null,
      extractGrowth: hasExtract ? cpuRatio(extract, of('extract', first)) : null,
      syncGrowth: at === 0 ? 1 : cpuRatio(sync ?? [], of('sync', first)),
      peakMiB: medianOf(sync ?? [], ({ peakMiB }) => peakMiB),
    };
  });
}

function casesOf(setting: Setting): readonly (readonly [string, () => Promise<Measured>])[] {
  const { size, corpus, files, before, perCommit } = setting;
  const { folder } = corpus;
  const synced = {
    ...{ folder, files, shape: 'rows' },
    ...(before === undefined ? {} : { before: before.folder, perCommit }),
  };
  const sync = [`sync ${size}`, () => runCase('sync', synced)] as const;
  if (before !== undefined) return [sync];
  const extract = (how: string) => () => runCase('extract', { folder, how, files });
  return [[`parse ${size}`, extract('parse')], [`extract ${size}`, extract('rows')], sync];
}

function checkCounts({ axis, size, files }: Setting, runs: readonly Measured[]): void {
  if (runs.some((run) => run.files !== files))
    throw new Error(`"${axis} ${size}" did not see all ${files} files.`);
}
