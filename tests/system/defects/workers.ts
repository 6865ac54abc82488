import type { Edit } from './defect.ts';

/** A wrong engine, and which scenarios of several workers catch it: one of them. */
export interface WorkersDefect {
  readonly name: string;
  readonly why: string;
  readonly edits: readonly Edit[];
  readonly caughtBy: RegExp;
}

const MANY = /any number of workers/;
const BEHIND = /runs go on behind/;
const BESIDE = /whatever else is done/;
const ONE_BY_ONE = /told to bring in its slices/;
const ONCE = /meet new kinds of files at once/;

/** What may go wrong where several workers bring in slices of one backlog. */
export const WORKERS_DEFECTS: readonly WorkersDefect[] = [
  {
    name: 'a document replaces whatever line there is',
    why: 'rows of a version that another worker has brought in meanwhile stay in tables that nobody empties',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'replaces: lines.get(draft.id)?.order ?? null',
        replace: 'replaces: undefined',
      },
    ],
    caughtBy: MANY,
  },
  {
    name: "another worker's tables are not known",
    why: 'the rows that a file has in them stay when it becomes another kind of file',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'if (run.isShared && hasRows && !(await run.catalog.isCurrent()))',
        replace: 'if (hasRows && run.drainMs < 0)',
      },
    ],
    caughtBy: /as another kind meanwhile/,
  },
  {
    name: 'the catalogue is overwritten',
    why: 'a column that another worker has added meanwhile is lost, and made again with whatever type comes next',
    edits: [
      {
        file: 'tables/stored-catalog.ts',
        find: 'await load(this.#sink, { ...nothing, state: text }, this.#retrying);',
        replace:
          'await load(this.#sink, { ...nothing, since: await this.#stored(), state: text }, this.#retrying);',
      },
    ],
    caughtBy: MANY,
  },
  {
    name: "rows go where they would without another worker's columns",
    why: 'what is at that place by now is another column, or another kind of file',
    edits: [
      {
        file: 'sync/placed.ts',
        find: 'placed === undefined || placed.reading === run.catalog.readings',
        replace: 'placed === undefined || placed.reading > 0',
      },
    ],
    caughtBy: ONCE,
  },
  {
    name: 'kinds of files that another worker has added come behind those of this one',
    why: 'their numbers in the ledger are those of other tables, which are emptied in their place',
    edits: [
      {
        file: 'tables/catalog.ts',
        find: '    this.#layouts.length = 0;\n',
        replace: '',
      },
    ],
    caughtBy: ONCE,
  },
  {
    name: 'whoever meets new tables of another worker begins anew',
    why: 'it retrieves all again that it has at hand',
    edits: [
      {
        file: 'sync/placed.ts',
        find: 'if (!run.isShared || !isConflict(error) || attempt === MOST_TRIES)',
        replace: 'if (attempt > 0)',
      },
    ],
    caughtBy: ONCE,
  },
  {
    name: 'the rows that a file has by its line are not emptied',
    why: 'they are of a version that another worker has brought in since the page was planned',
    edits: [
      {
        file: 'sync/draft.ts',
        find: 'emptied(catalog, [...layouts, held.layout])',
        replace: 'emptied(catalog, layouts)',
      },
    ],
    caughtBy: MANY,
  },
  {
    name: 'the watermark passes a slice that is open',
    why: 'what the slice still lacks is never seen',
    edits: [
      {
        file: 'sync/slices.ts',
        find: 'return state !== undefined && state.open === undefined;',
        replace: 'return state !== undefined;',
      },
    ],
    caughtBy: /any number of workers|runs go on behind|wakes after another/,
  },
  {
    name: 'a slice is never closed',
    why: 'the watermark would stand still for ever',
    edits: [
      {
        file: 'sync/slices.ts',
        find: 'const change = { slices, watermarkMs:',
        replace: 'const change = { slices: plan, watermarkMs:',
      },
    ],
    caughtBy: MANY,
  },
  {
    name: 'what somebody else has closed counts as not begun',
    why: 'the slices behind it are left open for ever',
    edits: [
      {
        file: 'sync/slices.ts',
        find: 'if (!(await run.position.isCurrent())) throw stateConflict(run.name);',
        replace: '',
      },
    ],
    caughtBy: BEHIND,
  },
  {
    name: 'all slices of a plan have one state',
    why: 'the first that is closed closes all',
    edits: [
      {
        file: 'position/slices.ts',
        find: 'name: `${sync}#${id}.${first + at}`',
        replace: 'name: `${sync}#${id}`',
      },
    ],
    caughtBy: MANY,
  },
  {
    name: 'the watermark falls back to the last cut',
    why: 'what runs have brought in behind the slices would be read again, and told of as behind',
    edits: [
      {
        file: 'sync/slices.ts',
        find: '?? plan.tailMs }',
        replace: '?? plan.cuts.at(-1) }',
      },
    ],
    caughtBy: BEHIND,
  },
  {
    name: 'a slice is taken that is in no plan any more',
    why: 'its state is left behind, and a worker of before goes on',
    edits: [
      {
        file: 'sync/slices.ts',
        find: 'if (!isPlanned(run, slice, main))',
        replace: 'if (main?.commits === -1)',
      },
    ],
    caughtBy: /leaves nothing behind/,
  },
  {
    name: 'a worker of the config before is not fenced off',
    why: 'its rows follow the former mapping, and nobody makes them anew',
    edits: [{ file: 'sync/rebuild.ts', find: '  await fenceOthers(run);\n', replace: '' }],
    caughtBy: /a worker of the config before/,
  },
  {
    name: 'a worker of another filter is not fenced off',
    why: 'it brings in files that are not of the sync any more',
    edits: [
      {
        file: 'sync/run.ts',
        find: '    await fenceSlices(sink, name, gone, position.state);\n',
        replace: '',
      },
    ],
    caughtBy: /a worker of another filter/,
  },
  {
    name: 'a reset leaves the states of slices',
    why: 'a worker of before writes to a sync that was to begin anew',
    edits: [{ file: 'position/clear.ts', find: 'await sink.clear(name);', replace: 'void name;' }],
    caughtBy: /after a reset/,
  },
  {
    name: 'what else is done beside workers gives up where it has met them',
    why: 'sweeps, retries and files of events fail for as long as there are slices',
    edits: [
      {
        file: 'sync/undisturbed.ts',
        find: '() => run?.isShared === true || run?.position.state.slices !== undefined,',
        replace: '() => false,',
      },
    ],
    caughtBy: BESIDE,
  },
  {
    name: 'whoever is told to bring in one slice cuts what came since',
    why: 'a plan is made that nobody deals out',
    edits: [
      {
        file: 'sync/sync-slices.ts',
        find: 'if (slice === undefined) await cutBacklog',
        replace: 'await cutBacklog',
      },
    ],
    caughtBy: ONE_BY_ONE,
  },
  {
    name: 'a run brings in slices that it was told to leave',
    why: 'one replica does alone what all are dealt',
    edits: [
      {
        file: 'sync/sync.ts',
        find: 'run.isShared && slices === undefined &&',
        replace: 'run.isShared &&',
      },
    ],
    caughtBy: ONE_BY_ONE,
  },
  {
    name: 'what windows have in common counts as a backlog',
    why: 'a sync that is up to date is cut into slices again and again, and never swept nor verified',
    edits: [
      {
        file: 'sync/slices.ts',
        find: 'watermarkMs !== undefined && watermarkMs > window.fromMs',
        replace: 'watermarkMs === Number.NEGATIVE_INFINITY',
      },
    ],
    caughtBy: ONE_BY_ONE,
  },
];
