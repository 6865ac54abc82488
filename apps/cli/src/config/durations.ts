import { z } from 'zod';
import { parseBytes, parseDurationMs } from '../units.ts';

/** A duration such as `90s`, in milliseconds. */
export const duration = (description: string) =>
  unit(
    parseDurationMs,
    'a duration such as 90s, 15m, 4h or 1d',
    '^\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)$',
  ).describe(description);

/** A duration such as `1d`, or `never`, which becomes `undefined`. */
export const durationOrNever = (preset: string, description: string) =>
  z
    .union([z.literal('never'), duration('')], {
      error: 'expected a duration such as 1d, or never',
    })
    .prefault(preset)
    .transform((every) => (every === 'never' ? undefined : every))
    .describe(description);

/** A size such as `32MB`, in bytes; the example is one that suits the setting. */
export const bytes = (example: string, description: string) =>
  unit(
    parseBytes,
    `a size such as ${example}`,
    '^\\d+(\\.\\d+)?\\s*(B|KB|MB|GB|b|kb|mb|gb)$',
  ).describe(description);

function unit(parse: (text: string) => number | undefined, expected: string, pattern: string) {
  return z
    .string(`expected ${expected}`)
    .regex(new RegExp(pattern), `expected ${expected}`)
    .transform((text) => parse(text) ?? 0);
}
