import { z } from 'zod';
import { cadence } from './cadence.ts';
import { duration, durationOrNever } from './durations.ts';
import { eventsConfig } from './events-schema.ts';
import { queueConfig } from './queue-schema.ts';

const ADDRESS = /^(?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/;

const address = z
  .union([z.string(), z.int()])
  .transform((value, context) => {
    const text = String(value);
    const port = Number(ADDRESS.exec(text)?.[1] ?? 65_536);
    const host = text.includes(':') ? text.slice(0, text.lastIndexOf(':')) : '127.0.0.1';
    if (port > 65_535)
      context.addIssue({
        code: 'custom',
        message: 'expected host and port such as 127.0.0.1:8380 or [::1]:8380',
      });
    return { host: host.replace(/^\[|\]$/g, ''), port };
  })
  .describe(
    'Where status page, probes and metrics are served; a port alone is one of this machine. `0.0.0.0:8380` makes them reachable from everywhere, without a password.',
  );

const HOST = /^(?:[\w.-]+|\[?[\dA-Fa-f:.]+\]?)$/;

/** What stands for a token where files are to be copied. */
const PLACEHOLDER = /^(?:replace|change|your|example|placeholder|insert|todo|secret)/i;

/** A secret that somebody sends to be let in. */
const token = z
  .string()
  .regex(/^[!-~]*$/, 'it may only have letters, digits and signs, and no blanks')
  .refine((text) => !PLACEHOLDER.test(text), {
    error: 'this is a placeholder that everybody knows; "openssl rand -hex 32" makes a token',
    // That it is short besides is nothing to mend.
    abort: true,
  })
  .min(16, 'fewer than 16 characters can be guessed; "openssl rand -hex 32" makes a good one');

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/i;

/** What is posted names syncs and quotes errors: on plain http only this machine may be told. */
const receiver = (description: string) =>
  z
    .url({
      protocol: /^https?$/,
      error: 'expected an address such as https://hooks.example/abc',
      abort: true,
    })
    .refine((url) => url.startsWith('https:') || LOOPBACK.test(url), 'expected an https:// address')
    .optional()
    .describe(description);

const notify = z
  .strictObject({
    webhook: receiver(
      'Where to POST JSON when a sync fails twice in a row, works again, falls behind or has caught up, or a verification has found differences: once each (docs/operations.md#notifications). Default: nowhere.',
    ),
    slack: receiver(
      'The same as a line for Slack, by the address of an incoming webhook, best as `${SLACK_WEBHOOK}`. Default: nowhere.',
    ),
    behind: durationOrNever(
      'never',
      'A sync is behind once no run has caught up with TDP for so long, two of its cadences at least: a duration, or `never`.',
    ),
    page: z
      .url({ protocol: /^https?$/, error: 'expected the address of the status page' })
      .optional()
      .describe('Address of the status page, which messages then link to. Default: no link.'),
  })
  .prefault({});

/** The section `serve:` of the config. */
export const serveConfig = z.strictObject({
  listen: address.prefault('127.0.0.1:8380'),
  hosts: z
    .array(z.string().regex(HOST, 'expected a name or an address, without scheme and port'))
    .default([])
    .describe(
      'Names under which the status page is reached besides, such as that of a proxy before it. It answers to `localhost`, `127.0.0.1`, `[::1]`, the address in `listen`, the name of the machine, and when it listens on `0.0.0.0` or `::` to every address; under another name only probes and metrics (docs/deployment.md#names). Default: no others.',
    ),
  controlToken: token
    .optional()
    .describe(
      'Who sends it may run, pause, resume, retry, sweep, verify and rebuild syncs over HTTP; at least 16 characters, best as `${TDP_SYNC_CONTROL_TOKEN}`. Default: nobody may.',
    ),
  drain: duration(
    'How long it may take to end after SIGTERM or SIGINT, in `run` and the other commands as well. For half of it files that are under way may still come; what has come by then is committed.',
  ).prefault('30s'),
  concurrentSyncs: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Most syncs that are worked on at once. They share `source.concurrency`.'),
  turn: duration(
    'How long a run may hold up a sync that waits for its turn; it commits what is in hand and goes on later.',
  ).prefault('15m'),
  notify,
  events: eventsConfig(token).describe("TDP's events as a nudge (docs/events.md)."),
  queue: queueConfig,
  patience: z
    .int()
    .min(1)
    .default(3)
    .describe(
      'Cadences of a sync that its watermark may stand still, although TDP has newer data, before `/progressz` fails.',
    ),
});

/** What a sync's own section says about `serve`. */
export const serveSettings = {
  every: cadence
    .prefault('15m')
    .describe(
      'How often `serve` runs the sync: a duration, a cron expression in UTC (`"0 */4 * * *"`; with six fields the first is seconds), or `{ cron: "30 6 * * 1-5", timeZone: Europe/Berlin }`.',
    ),
  verify: durationOrNever(
    '1d',
    'How often `serve` also compares the database with TDP, as `tdp-sync verify` does: a duration, or `never`.',
  ),
};
