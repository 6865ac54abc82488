import { COLUMN_TYPES, mappingIssues } from '@tdp-sync/core';
import { z } from 'zod';
import { checkColumns, checkSalt, columnSettings, hashSalt } from './columns-schema.ts';
import { bytes, duration, durationOrNever } from './durations.ts';
import { historySettings } from './history-schema.ts';
import { serveConfig, serveSettings } from './serve-schema.ts';
import { tableConflicts } from './tables.ts';

/** Node with its code, DuckDB with its own and its least share take this much for documents of any size. */
const LEAST_MEMORY_BYTES = 448 * 1024 * 1024;

const credentials = z.strictObject({
  token: z
    .string()
    .min(1)
    .describe('The token; write ${TS_AUTH_TOKEN} to take it from the environment.'),
  org: z.string().min(1).describe("The organisation's slug."),
});

const source = z.strictObject({
  url: z
    .url({
      protocol: /^https?$/,
      error: "expected the address of TDP's API, such as https://api.tetrascience.com",
    })
    .optional()
    .describe("Address of TDP's API, with or without `/v1`. Default: `api_url` of the auth file."),
  auth: z
    .union([z.string().min(1), credentials], {
      error: 'expected the path of an auth.json, or token and org',
    })
    .optional()
    .describe(
      'Path of an `auth.json` as TDP users have it (`{"auth_token", "org"[, "api_url"][, "ignore_ssl"]}`), or `token` and `org`. A file is read again when TDP refuses the token, so it may be renewed while a run goes on. Default: `TS_AUTH_TOKEN` and `ORG_SLUG` of the environment.',
    ),
  allowHttp: z
    .boolean()
    .default(false)
    .describe(
      "Allows an `http://` address of TDP that is not this machine's (`localhost`, `127.0.0.1`): the token then travels in the clear, and whoever is on the way can read and change everything.",
    ),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file of a certificate authority to trust besides the usual ones. Default: none.',
    ),
  concurrency: z
    .int()
    .min(1)
    .max(512)
    .default(512)
    .describe(
      'Most files retrieved at once, 1 to 512. A run starts at 16, grows while answers take no longer, shrinks when they begin to wait for one another, and at once on 429, 502, 503, 504 and time-outs; where as many of these come with fewer at once, they are not for the number, and it goes back to what it was.',
    ),
  download: z
    .enum(['presigned', 'direct'])
    .default('presigned')
    .describe(
      "`presigned` fetches content from TDP's storage, several times faster; `direct` goes through the API.",
    ),
  storageHosts: z
    .array(
      z
        .string()
        .regex(
          /^(?:[^\s/:?#@[\]]+|\[?[\da-fA-F.:]+\]?)$/,
          'expected the name or address of a host, without https:// and without a port',
        ),
    )
    .default([])
    .describe(
      "Hosts of a storage of your own, such as `[minio.lab.example, 10.1.2.3]`. An address that TDP hands out, or that redirects lead to, is asked only on https and out in the world, or where TDP's own address is as exposed; these hosts are asked on plain http and in private networks, too (docs/how-it-works.md#what-is-asked). Default: none.",
    ),
  timeout: duration(
    'Longest wait for an answer to begin, and longest silence within one.',
  ).prefault('60s'),
  minRate: bytes(
    '1KB',
    'Least bytes per second of an answer, over each stretch of `timeout`: what comes more slowly is given up and tried again, so that nothing holds up a run for ever. `0B` for any.',
  ).prefault('1KB'),
  clockTolerance: duration(
    "By how much TDP's clock and this machine's may differ, at least 10s. Within it the earlier one counts; beyond, every run says so, and TDP's own files decide which is wrong (docs/how-it-works.md#whose-clock).",
  )
    .refine((durationMs) => durationMs >= 10_000, 'expected at least 10s')
    .prefault('5m'),
  maxFileBytes: bytes(
    '128MB',
    'Largest content of one file, decompressed. A larger file becomes `failed`. A large file wants memory, about eight times its size.',
  ).prefault('128MB'),
});

const columnType = z.enum(COLUMN_TYPES);

const columnMapping = z.union(
  [
    z.string().min(1),
    z.strictObject({
      path: z.string().min(1),
      type: columnType.optional(),
      required: z.boolean().optional(),
    }),
    z.strictObject({
      value: z.union([z.string(), z.number(), z.boolean()]),
      type: columnType.optional(),
    }),
  ],
  { error: 'expected "path", "path as type", path and type, or a constant value' },
);

const tableMapping = z.strictObject({
  rows: z
    .string()
    .min(1)
    .optional()
    .describe('Path of the rows, such as `injections[].peaks[]`. Default: one row per file.'),
  columns: z
    .record(z.string(), columnMapping)
    .describe('Each column: "path as type"; docs/mapping.md has the paths.'),
});

const tables = z
  .union([z.literal('auto'), z.record(z.string(), tableMapping)], {
    error: 'expected auto, or tables by name, each with its columns',
  })
  .superRefine((value, context) => {
    if (value === 'auto') return;
    for (const { path, message } of mappingIssues(value))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

const CLAUSE = 'expected a clause, such as { term: { category: IDS } }';
const CLAUSES = 'expected a list of clauses, such as [ { term: { category: IDS } } ]';

/** Name of a sync. */
export const syncName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_]{0,49}$/,
    "a sync's name starts with a letter and has at most 50 letters, digits and underscores",
  );

const syncConfig = z.strictObject({
  filter: z
    .array(z.record(z.string(), z.unknown(), CLAUSE), CLAUSES)
    .default([])
    .describe(
      "Clauses of TDP's `searchEql` query language (Elasticsearch's), as a list; a file must match every one. The window of time is added by tdp-sync. Labels are nested: `nested: { path: labels, query: { bool: { filter: [ { term: { labels.name: project } }, { term: { labels.value: alpha } } ] } } }`. Default: all files that the token may see.",
    ),
  since: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'expected a date such as 2024-03-01, or a time such as 2024-03-01T08:00:00Z',
    })
    .transform((text) => Date.parse(text))
    .optional()
    .describe('Only files indexed since then: a date or a time. Default: the oldest file.'),
  settle: duration(
    'Windows end at least this long ago: a file becomes searchable only some time after its stamp.',
  ).prefault('1m'),
  lookback: duration(
    'Windows begin this long before the watermark, for files that become searchable later still; 15 minutes have been seen. What is held already costs no download.',
  ).prefault('1h'),
  maxWindow: duration('Longest window of `indexedAt` that is read at once.').prefault('30d'),
  idle: duration(
    'A run that finds nothing new stores nothing, as long as the position in the database is no older than this: a warehouse that is paid by the time that it is awake can sleep. The next run looks at a window that is longer by as much, and nothing is skipped. `status` shows what is stored. `0s` stores the position of every run.',
  ).prefault('1h'),
  content: z
    .enum(['ids', 'all', 'none'])
    .default('ids')
    .describe(
      "Whose content is retrieved: `ids` the IDS files', `all` every file's (which must then be JSON), `none` nobody's. Every file gets its row in the files table.",
    ),
  nan: z
    .union([z.enum(['fail', 'null', 'text']), z.null().transform(() => 'null' as const)], {
      error: 'expected fail, null or text',
    })
    .default('fail')
    .describe(
      'What becomes of `NaN`, `Infinity` and `-Infinity` where a document has them as values: Python writes them, and JSON does not have them. `fail` lets the file fail, `null` puts null in their place, `text` the texts `"NaN"`, `"Infinity"`, `"-Infinity"`. It holds for files as they are loaded: after a change `tdp-sync retry` tries those that have failed, and those that are loaded stay as they are until they change or `tdp-sync reset` reads everything again. Default: `fail`.',
    ),
  checkIds: z
    .boolean()
    .default(true)
    .describe(
      "Where TDP names an IDS type for a file, its content must say the same in `@idsType`, and in `@idsNamespace` if it has one; else the file fails, since it may be what a gateway answered in the document's place. Versions are not compared. `false` takes whatever comes; `tdp-sync retry` then tries what has failed.",
    ),
  tables: tables
    .optional()
    .describe(
      "What documents become: `auto` for tables by TDP's own rules (docs/tables.md), or a mapping (docs/mapping.md). Default: the whole document as JSON, in one table named like the sync.",
    ),
  transform: z
    .string()
    .min(1)
    .optional()
    .describe(
      'In place of `tables`: the path of a `.ts` or `.js` module that makes the rows (docs/tables.md#a-transform-of-your-own). Default: none.',
    ),
  transformTimeout: duration(
    'With `transform`, how long it may take for one file, at least 1s. A file that takes longer fails, the others go on.',
  )
    .refine((durationMs) => durationMs >= 1000, 'expected at least 1s')
    .prefault('60s'),
  ...columnSettings,
  keepDocument: z
    .boolean()
    .default(false)
    .describe(
      'Beside other tables, keeps the whole document in the table named like the sync. A changed mapping then needs nothing from TDP.',
    ),
  tablePrefix: z
    .string()
    .regex(/^([A-Za-z][A-Za-z0-9_]{0,30})?$/, 'expected letters, digits and underscores')
    .default('')
    .describe(
      'With `tables: auto`, what the names of the tables begin with. Two syncs with `auto` need different ones.',
    ),
  datacubes: z
    .enum(['rows', 'json', 'none'])
    .default('rows')
    .describe(
      'With `tables: auto`, data cubes become: `rows` one row per point, `json` JSON columns, `none` nothing.',
    ),
  uuids: z
    .boolean()
    .default(true)
    .describe('With `tables: auto`, columns `uuid` and `parent_uuid`, as in Athena.'),
  schema: z
    .enum(['evolve', 'freeze', 'drop'])
    .default('evolve')
    .describe(
      'What becomes of data that the tables have no place for: `evolve` adds tables and columns, `freeze` lets the file fail, `drop` leaves it out and says so (docs/tables.md#when-the-schema-changes).',
    ),
  ...historySettings,
  ...serveSettings,
  sweep: durationOrNever(
    '1d',
    "How often `run` and `serve` also compare TDP's whole listing with the database, for deleted files, changed labels and what came too late for every window: a duration, or `never`.",
  ),
  deletes: z
    .enum(['mark', 'remove', 'ignore'])
    .default('mark')
    .describe(
      'What becomes of a file that was deleted in TDP: `mark` sets its row in the files table to `deleted` and keeps its data, `remove` takes its data away too, `ignore` does nothing. The same becomes of a file that the filter does not match any more, with the status `unmatched`.',
    ),
  maxVanished: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'Share of the files that one sweep may newly miss; beyond, it refuses (`SWEEP_REFUSED`). Ten files may always be missing.',
    ),
  batch: z
    .strictObject({
      documents: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe(
          'Most files that are retrieved and not committed yet, which is what a crash costs. A commit holds half as many. Default: 4096, and 1024 where `memory` is 512MB or less.',
        ),
      bytes: bytes('32MB', 'Most content in one commit.').prefault('32MB'),
      age: duration('Longest time between two commits while files arrive.').prefault('20s'),
    })
    .prefault({})
    .describe('How much goes into one commit.'),
  failures: z
    .strictObject({
      consecutive: z
        .int()
        .min(1)
        .default(10)
        .describe(
          'After so many files in a row that cannot be retrieved, others are tried. When none can be had, it is an outage: the run stops and nothing moves on. Else the files are marked as failed, and the run goes on.',
        ),
      share: z
        .number()
        .gt(0)
        .max(1)
        .default(0.5)
        .describe('The same after so large a share of the files tried.'),
    })
    .prefault({})
    .describe('Beyond this it may be an outage, and not the files.'),
  storedAs: syncName
    .optional()
    .describe(
      'What the database calls the sync, in its bookkeeping and in the names of its tables (`<storedAs>_files`). `tdp-sync rename` writes the name here that the sync had before. Default: its name.',
    ),
});

const wholeConfig = z.strictObject({
  source: source.prefault({}),
  sink: z.looseObject(
    {
      type: z
        .string()
        .min(1)
        .describe(
          "`duckdb`, `bigquery`, `mssql`, `postgres`, `snowflake`, the name of an npm package, or the path of a module or of a package's folder, beginning with a dot. It is looked for from the config's folder, then from where tdp-sync is installed.",
        ),
    },
    'expected a type and its settings, such as { type: duckdb, path: ./lab.duckdb }',
  ),
  memory: bytes(
    '1GB',
    'What the process should take at most, at least 448MB, as far as its documents allow: V8 collects its garbage earlier, DuckDB gets 3/16 of it, and fewer files are under way (docs/deployment.md#sizing). Default: what the container allows; else, and above 1GB, V8 takes what suits it.',
  )
    .refine((size) => size >= LEAST_MEMORY_BYTES, 'expected at least 448MB')
    .optional(),
  hashSalt,
  serve: serveConfig.prefault({}).describe('What `tdp-sync serve` needs besides.'),
  syncs: z
    .record(
      syncName,
      syncConfig.superRefine((sync, context) => {
        const { tables: mapping, transform } = sync;
        checkColumns(sync, context);
        if (mapping !== undefined && transform !== undefined)
          context.addIssue({
            code: 'custom',
            path: ['transform'],
            message: 'a sync has tables or a transform, not both',
          });
      }),
      'expected syncs by name, such as lab: { tables: auto }',
    )
    .refine((syncs) => Object.keys(syncs).length > 0, 'at least one sync is needed')
    .superRefine((syncs, context) => {
      for (const { path, message } of tableConflicts(syncs))
        context.addIssue({ code: 'custom', path: [...path], message });
    }),
});

/** The config file, without the sink's own settings, which its adapter checks. */
export const configSchema = wholeConfig.superRefine(checkSalt);

/** A config that has been checked, with its defaults. */
export type Config = z.output<typeof configSchema>;
/** One sync of a {@link Config}. */
export type SyncConfig = Config['syncs'][string];
