import { readFileSync } from 'node:fs';
import { SyncError } from '@tdp-sync/core';
import { QueueError } from '@tdp-sync/queue';
import { SinkError } from '@tdp-sync/sink';

/** Node.js itself, the modules, the database and its log. */
const BASE = 64;
/** Connections to a host with which a run still gets on. */
const FEWEST = 16;
/** Those that are no retrievals: searches, records of files. */
const BESIDES = 8;

/** How many files and connections this process may have open at once; `undefined` where the system does not say. */
export function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return finite(/^Max open files +(\d+)/m.exec(limits)?.[1]);
  } catch {
    // Not Linux, or no file is left to look with.
    return limitByReport();
  }
}

function limitByReport(): number | undefined {
  // Else it would look up the name of every peer. Node's types do not know it.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
  };
  return finite(userLimits?.open_files?.soft);
}

function finite(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** What the limit leaves room for. */
export interface Room {
  /** Files that may be retrieved at once. */
  readonly concurrency: number;
  /** Connections to one host. */
  readonly connections: number;
  /** Said where that is less than the config wants. */
  readonly remark: string | undefined;
  /** Whether it is too little to work with. */
  readonly isTooLittle: boolean;
}

/**
 * How many connections there may be: a file comes from two hosts, TDP and its storage, and connections stay open for a
 * while. `others`: what else may be open, such as connections to the status page.
 */
export function roomFor(
  concurrency: number,
  others: number,
  limit: number | undefined = openFilesLimit(),
): Room {
  const wanted = concurrency + BESIDES;
  const possible = Math.floor(((limit ?? Number.POSITIVE_INFINITY) - BASE - others) / 2);
  if (possible >= wanted)
    return { concurrency, connections: wanted, remark: undefined, isTooLittle: false };
  const isTooLittle = possible < Math.min(FEWEST, wanted);
  const held = isTooLittle ? 0 : Math.max(possible - BESIDES, 1);
  const need = (connections: number): string => String(BASE + others + 2 * connections);
  const consequence = isTooLittle
    ? `which is too few: it wants ${need(wanted)} for source.concurrency ${concurrency}, and ${need(Math.min(FEWEST, wanted))} at least`
    : `so that source.concurrency ${concurrency} is held to ${held}; for all of it, it wants ${need(wanted)}`;
  const remark = `This process may have ${limit} files and connections open at once, ${consequence}. ${RAISE}`;
  return { concurrency: held, connections: possible, remark, isTooLittle };
}

const RAISE =
  'Raise the limit: ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker; or set a smaller source.concurrency.';

/** What to add to the message of an error that comes of too many open files; nothing for any other. */
export function openFilesHint(error: unknown): string {
  const code = codeIn(error);
  if (code === undefined) return '';
  if (code === 'ENFILE')
    return ' All files are open that this whole machine may have (fs.file-max on Linux); other programs hold them.';
  const limit = openFilesLimit();
  const may = limit === undefined ? '' : ` This process may have ${limit} open at once.`;
  return `${may} ${RAISE}`;
}

/** The system's code for it, wherever in an error it stands. What a server says is no code. */
function codeIn(error: unknown, depth = 0): 'EMFILE' | 'ENFILE' | undefined {
  if (!(error instanceof Error) || depth > 5) return undefined;
  const isOurs =
    error instanceof SyncError || error instanceof SinkError || error instanceof QueueError;
  const text = `${'code' in error ? error.code : ''} ${isOurs ? '' : error.message}`;
  if (/ENFILE/.test(text)) return 'ENFILE';
  if (/EMFILE|too many open files/i.test(text)) return 'EMFILE';
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  for (const part of [error.cause, ...parts]) {
    const found = codeIn(part, depth + 1);
    if (found !== undefined) return found;
  }
  return error instanceof SyncError && error.code === 'TOO_MANY_OPEN_FILES' ? 'EMFILE' : undefined;
}
