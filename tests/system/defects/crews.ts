import type { Edit } from './defect.ts';

/** A wrong crew, and which scenario of several replicas catches it. */
export interface CrewDefect {
  readonly name: string;
  readonly why: string;
  /** Below `apps/cli/src`. */
  readonly edits: readonly Edit[];
  /** The name of the scenario. */
  readonly caughtBy: string;
}

function edit(file: string, find: string, replace: string): Edit {
  return { file: `serve/crew/${file}`, find, replace };
}

/** What may go wrong where replicas share their work by a queue. */
export const CREW_DEFECTS: readonly CrewDefect[] = [
  {
    name: 'all replicas lead',
    why: 'what one has done another does again, since it has not heard of it yet',
    edits: [edit('standing.ts', 'leads: !standsBy && peers[0]?.id === self', 'leads: !standsBy')],
    caughtBy: 'a replica is killed',
  },
  {
    name: 'one that has an older config works on',
    why: 'rows are turned back to the config before, and made anew again, without end',
    edits: [edit('crew.ts', 'this.#standing.standsBy || signal.aborted', 'signal.aborted')],
    caughtBy: 'the config changes on one machine after the other',
  },
  {
    name: 'what the queue has lost counts as under way',
    why: 'the sync is never run again',
    edits: [
      edit(
        'hearing.ts',
        'if (kind !== undefined && !underWay.has(name))',
        'if (kind === undefined && underWay.has(name))',
      ),
    ],
    caughtBy: 'tasks are lost',
  },
  {
    name: 'what others have done is not heard of',
    why: 'whoever leads next does all of it again, and shows what was long ago',
    edits: [
      edit(
        'hearing.ts',
        'if (!this.#isOwn(task)) board?.heard',
        'if (this.#heard === undefined) board?.heard',
      ),
    ],
    caughtBy: 'every cadence is kept once, whoever does what',
  },
  {
    name: 'a pause holds for one replica',
    why: 'the others go on with what somebody had to stop',
    edits: [edit('notes.ts', 'if (isPaused) scheduler.pause(name);', 'if (isPaused) continue;')],
    caughtBy: 'a sync is paused here, and resumed there',
  },
  {
    name: 'what is asked for is only known where it was asked',
    why: 'a button does nothing on two of three pages',
    edits: [edit('notes.ts', '} else this.#unwritten.set(', '} else void (')],
    caughtBy: 'somebody asks for things',
  },
  {
    name: 'slices are dealt to one replica',
    why: 'a backlog takes as long as with one',
    edits: [edit('slices.ts', 'most: replicas + 1,', 'most: 1,')],
    caughtBy: 'a backlog is cut, and all bring in its slices',
  },
  {
    name: 'slices that are closed are dealt again',
    why: 'replicas go round without end until the first slice is closed, too',
    edits: [edit('slices.ts', 'isClosed ? Number.POSITIVE_INFINITY : nowMs + REST_MS', 'nowMs')],
    caughtBy: 'a backlog is cut, and all bring in its slices',
  },
  {
    name: 'a queue that was away once is never asked again',
    why: 'all replicas stand still for ever',
    edits: [edit('crew.ts', 'this.#trouble = undefined;\n      return true;', 'return true;')],
    caughtBy: 'the queue is away',
  },
  {
    name: 'what was closed once is never dealt again',
    why: 'a database that is restored from a backup keeps the slices that it lacks for ever',
    edits: [edit('slices.ts', 'if (isOver && nowMs', 'if (isOver && nowMs < 0 && nowMs')],
    caughtBy: 'the database is restored from a backup while slices are brought in',
  },
  {
    name: 'how far others have come is not heard of',
    why: 'all replicas but one say that the sync stands still',
    edits: [edit('crew.ts', 'board.progress.got(nowMs - gotMsAgo);', 'void gotMsAgo;')],
    caughtBy: 'all see that one gets on with a long load',
  },
];
