import { Cron } from 'croner';
import { z } from 'zod';
import { parseDurationMs } from '../units.ts';

/** When something is to happen again and again. */
export type Cadence =
  | { readonly everyMs: number }
  | { readonly cron: string; readonly timeZone: string };

/** The first moment after `afterMs` that the cadence names. An interval counts from `afterMs`. */
export function nextOf(cadence: Cadence, afterMs: number): number {
  if ('everyMs' in cadence) return afterMs + cadence.everyMs;
  const next = parsed(cadence.cron, cadence.timeZone).nextRun(new Date(afterMs));
  return next?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** The moment that the cadence names for the `times`-th time after `afterMs`. */
export function nthOf(cadence: Cadence, afterMs: number, times: number): number {
  let timeMs = afterMs;
  for (let count = 0; count < times && timeMs < Number.POSITIVE_INFINITY; count += 1)
    timeMs = nextOf(cadence, timeMs);
  return timeMs;
}

function parsed(cron: string, timeZone: string): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts' });
}

const EXPECTED =
  'expected a duration such as 4h, a cron expression such as "0 */4 * * *", or cron and timeZone';

const cronText = z
  .string()
  .regex(/^\S+(\s+\S+){4,5}$/, EXPECTED)
  .describe('Five fields (minute, hour, day, month, weekday), or six with seconds first.');

/** A duration, a cron expression in UTC, or one in a time zone. */
export const cadence = z
  .union(
    [
      z.string().regex(/^\d+(\.\d+)?\s*(ms|s|m|h|d)$/),
      cronText,
      z.strictObject({
        cron: cronText,
        timeZone: z.string().min(1).describe('Such as Europe/Berlin.'),
      }),
    ],
    { error: EXPECTED },
  )
  .transform((value, context): Cadence => {
    const everyMs = typeof value === 'string' ? parseDurationMs(value) : undefined;
    if (everyMs !== undefined) {
      if (everyMs < 100) context.addIssue({ code: 'custom', message: 'it must be 100ms or more' });
      return { everyMs };
    }
    const cron = typeof value === 'string' ? { cron: value, timeZone: 'UTC' } : value;
    const problem = problemOf(cron.cron, cron.timeZone);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    return cron;
  });

function problemOf(cron: string, timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    return `there is no time zone "${timeZone}"; one is called like Europe/Berlin`;
  }
  try {
    if (parsed(cron, timeZone).nextRun() === null) return `"${cron}" names no time to come`;
    return undefined;
  } catch (error) {
    return `"${cron}" is no cron expression: ${error instanceof Error ? error.message : error}`;
  }
}
