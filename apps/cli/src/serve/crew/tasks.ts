import type { Json, Task, TaskView } from '@tdp-sync/queue';
import { z } from 'zod';
import type { JobResult } from '../job.ts';
import { type Job, type JobEnd, type JobKind, keyOf } from '../lane.ts';
import { errorOf } from '../status-parts.ts';
import type { Heard } from '../sync-board.ts';

const kinds = ['run', 'slice', 'event', 'retry', 'sweep', 'verify', 'rebuild'] as const;
const data = z.object({
  sync: z.string(),
  kind: z.enum(kinds satisfies readonly JobKind[]),
  fileIds: z.array(z.string()).exactOptional(),
  slice: z.int().exactOptional(),
  sliceFiles: z.int().exactOptional(),
  /** With `slice`: the plan that it is of. */
  plan: z.string().exactOptional(),
});
const ends = ['complete', 'interrupted', 'failed'] as const;
const result = z.object({
  end: z.enum(ends satisfies readonly JobEnd[]),
  durationMs: z.number().default(0),
  behindMs: z.number().exactOptional(),
  newestMs: z.number().exactOptional(),
  reachedMs: z.number().exactOptional(),
  files: z.number().default(0),
  bytes: z.number().default(0),
  trouble: z.object({ code: z.string(), message: z.string() }).exactOptional(),
  /** Of a slice, nothing is left. */
  isClosed: z.boolean().default(false),
});

/** A job as it stands in a queue. */
export type QueuedJob = z.infer<typeof data>;

/** What a replica tells the others of a job that has ended. */
export type TaskResult = z.infer<typeof result>;

/** A job for whichever replica takes it. */
export function taskOf(job: Job & { readonly plan?: string }): Task {
  return { key: keyOf(job), data: { ...job } as unknown as Json };
}

/** `undefined` for what another version of tdp-sync has written. */
export function jobOf(task: Pick<Task, 'data'>): QueuedJob | undefined {
  return data.safeParse(task.data).data;
}

/** What a replica knows of a job that it has done, besides its result. */
export interface Facts {
  readonly durationMs: number;
  readonly newestMs: number | undefined;
  /** Of a run: its watermark. */
  readonly reachedMs: number | undefined;
}

/** What others are to know of a job that has ended. `undefined`: it was not done here, and is to be done again. */
export function resultOf(
  done: JobResult | undefined,
  { durationMs, newestMs, reachedMs }: Facts,
  clean: (text: string) => string,
): Json {
  const { end = 'interrupted', report, error } = done ?? {};
  const isRun = report !== undefined && 'behindMs' in report;
  const trouble = end === 'failed' ? errorOf(error) : undefined;
  const told: z.input<typeof result> = {
    ...{ end, durationMs },
    ...(newestMs === undefined ? {} : { newestMs }),
    ...(reachedMs === undefined ? {} : { reachedMs }),
    ...(isRun ? { behindMs: report.behindMs, bytes: report.bytes } : {}),
    ...(isRun ? { files: report.loaded + report.refreshed } : {}),
    ...(trouble === undefined ? {} : { trouble: { ...trouble, message: clean(trouble.message) } }),
    isClosed: end === 'complete' && isRun && 'shareLeft' in report && report.shareLeft === 0,
  };
  return told as unknown as Json;
}

const LOST = {
  code: 'UNEXPECTED',
  message:
    'Several replicas have begun with it, one after the other, and each has ended without a word. Their logs, or those of the machine, say why: killed for its memory, for instance.',
};

/** Whether somebody has it, or it waits for somebody. */
export function isOpen({ state }: Pick<TaskView, 'state'>): boolean {
  return state === 'waiting' || state === 'taken';
}

/** How a task has ended, and when, as well as is known. */
export interface TaskEnd extends Heard, Pick<TaskResult, 'isClosed'> {
  readonly endedMs: number;
}

/** How a task has ended that nobody has or waits for any more. */
export function endOf(task: TaskView, nowMs: number): TaskEnd {
  const startedMs = nowMs - (task.takenMsAgo ?? 0);
  const nothing = {
    ...{
      startedMs,
      behindMs: undefined,
      newestMs: undefined,
      reachedMs: undefined,
      files: 0,
      bytes: 0,
    },
    endedMs: nowMs,
  };
  if (task.state === 'lost') return { ...nothing, end: 'failed', trouble: LOST, isClosed: false };
  const told = task.state === 'done' ? result.safeParse(task.result).data : undefined;
  if (told === undefined)
    return { ...nothing, end: 'interrupted', trouble: undefined, isClosed: false };
  const { behindMs, newestMs, reachedMs, trouble, durationMs } = told;
  const endedMs = Math.min(startedMs + durationMs, nowMs);
  return { ...nothing, ...told, behindMs, newestMs, reachedMs, trouble, endedMs };
}
