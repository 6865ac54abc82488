/**
 * The process in which a user's transform runs, so that whatever it does, it does to nobody else: an endless loop, an
 * exit and a memory that is full end this process at most. A thread would not do: one that has no more memory takes
 * the whole process with it.
 */
import { registerHooks } from 'node:module';
import { extname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SyncError } from '../../errors.ts';
import { Fault } from './fault.ts';
import type { Answer, Asked } from './messages.ts';
import { type CheckedModule, checkModule, TransformModuleError } from './module.ts';
import { rowsOf } from './rows.ts';
import { describeThrown } from './thrown.ts';

/** Frames of a stack, so that one that ends deep in a library still reaches the module's own line. */
const FRAMES = 100;
/** Whoever gets it cuts it shorter, once secrets are out of it. */
const LONGEST_TEXT = 100_000;

const exit = process.exit.bind(process);
const answer = openChannel();
let url = '';
let checked: CheckedModule | undefined;
/** Ends the file that is under way. */
let fail: ((fault: Fault) => void) | undefined;
let asked: Promise<void> = Promise.resolve();

Error.stackTraceLimit = FRAMES;
// The module's code may hold this thread for ever, so another one looks whether anybody is left to work for.
new Worker(new URL(`./watchdog${extname(import.meta.url)}`, import.meta.url), {
  workerData: process.ppid,
}).unref();
// They are sent to all processes of a terminal or a service; whoever started this one ends it when it has done its work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('uncaughtException', onLate);
process.on('unhandledRejection', onLate);
process.on('disconnect', () => exit(0));
process.on('message', (message: Asked) => {
  if (message.is === 'end') exit(0);
  else asked = asked.then(() => (message.is === 'load' ? load(message) : handle(message)));
});

/** The way back, taken from the module's code: it runs as if it were alone. */
function openChannel(): (message: Answer) => Promise<void> {
  const send = process.send?.bind(process);
  Object.assign(process, { send: undefined });
  return (message) =>
    new Promise((resolve) => send?.(message, undefined, undefined, () => resolve()));
}

async function load({ url: wanted, source }: Asked & { is: 'load' }): Promise<void> {
  url = wanted;
  // The text as it was read first, though its file may be another one by now.
  registerHooks({
    load: (one, context, next) => {
      const loaded = next(one, context);
      return one === wanted ? { ...loaded, source } : loaded;
    },
  });
  try {
    const module: { readonly default?: unknown } = await import(wanted);
    checked = checkModule(module.default);
    await answer({ is: 'loaded', tables: checked.tables });
  } catch (error) {
    const issues =
      error instanceof TransformModuleError
        ? error.issues
        : [`it cannot be loaded: ${cut(describeThrown(error, wanted))}`];
    await answer({ is: 'refused', issues });
  }
}

async function handle({ id, file, content }: Asked & { is: 'file' }): Promise<void> {
  const late = Promise.withResolvers<never>();
  fail = late.reject;
  try {
    const rows = await Promise.race([rowsInTime(file, content), late.promise]);
    fail = undefined;
    // Whatever comes of the next file, this one's rows are gone by then.
    await answer({ is: 'rows', id, rows });
  } catch (error) {
    fail = undefined;
    await answer(refusalOf(id, error));
  }
}

function refusalOf(id: number, error: unknown): Answer {
  if (error instanceof SyncError)
    return { is: 'invalid', id, reason: error.reason, where: error.where };
  if (error instanceof Fault)
    return { is: 'failed', id, reason: cut(error.reason), place: error.place };
  // There are so many of them that no message holds them.
  const reason = `its rows cannot be handed over: ${describeThrown(error, url)}`;
  return { is: 'failed', id, reason: cut(reason), place: undefined };
}

/** The rows, once it has shown that nothing was thrown beside them: a promise that nobody awaits is rejected only then. */
async function rowsInTime(
  ...[file, content]: [(Asked & { is: 'file' })['file'], Buffer]
): ReturnType<typeof rowsOf> {
  if (checked === undefined) throw new Fault('it was asked for rows before it was loaded');
  const rows = await rowsOf(checked, url, file, content);
  await turn();
  return rows;
}

function onLate(thrown: unknown): void {
  const reason = cut(`it threw ${describeThrown(thrown, url)} in work that nobody waited for`);
  if (fail === undefined) void answer({ is: 'late', reason });
  else fail(new Fault(reason));
}

function cut(text: string): string {
  return text.slice(0, LONGEST_TEXT);
}
