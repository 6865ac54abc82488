import { normalize } from 'node:path';
import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const place = z
  .string()
  .min(1)
  .refine((path) => !/^[a-z][a-z\d+.-]+:(?:\/\/|[^\\/])/i.test(path), {
    error: 'expected a place on this machine; addresses are not supported',
  });

const keep = z
  .string()
  .regex(/^\d+[smhd]$/, 'expected a duration such as 1h')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? 0));

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/i;

const s3 = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/, error: 'expected an address such as https://minio.lab.example' })
      .refine(
        (url) => url.startsWith('https:') || LOOPBACK.test(url),
        'expected an https:// address',
      )
      .optional()
      .describe("A server of your own that speaks S3's protocol. Default: Amazon's."),
    region: z.string().min(1).optional().describe('Default: as `AWS_REGION` says.'),
    accessKeyId: z.string().min(1).optional(),
    secretAccessKey: z.string().min(1).optional(),
    sessionToken: z.string().min(1).optional(),
  })
  .refine(
    ({ accessKeyId, secretAccessKey }) =>
      (accessKeyId === undefined) === (secretAccessKey === undefined),
    'accessKeyId and secretAccessKey go together; leave both out where the SDK finds them by itself',
  )
  .refine(
    ({ accessKeyId, sessionToken }) => sessionToken === undefined || accessKeyId !== undefined,
    {
      path: ['sessionToken'],
      error: 'it goes with accessKeyId and secretAccessKey',
    },
  )
  .describe(
    'With `s3://`, what the SDK does not find by itself: `endpoint`, `region`, and `accessKeyId` with `secretAccessKey`, best as `${AWS_SECRET_ACCESS_KEY}`.',
  );

const places = z
  .strictObject({
    duckdb: place
      .optional()
      .describe('A DuckDB file for readers, which is replaced whole. Relative to the config file.'),
    parquet: z
      .union([place, z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+(?:\/[^?#]*)?$/)], {
        error: 'expected a folder of this machine, or an address such as s3://bucket/prefix',
      })
      .optional()
      .describe(
        'A folder for Parquet files, or `s3://bucket/prefix`: one folder per table in it, and a `manifest.json` that names the files of the newest version. Relative to the config file; created when missing.',
      ),
    s3: s3.optional(),
    keep: keep
      .prefault('1h')
      .describe(
        'How long the Parquet files of a version that has been replaced stay, for readers that are under way.',
      ),
  })
  .refine(({ parquet, s3: settings }) => settings === undefined || parquet?.startsWith('s3://'), {
    path: ['s3'],
    error: 'it is for a "parquet" that begins with s3://',
  })
  .refine(({ duckdb, parquet }) => duckdb !== undefined || parquet !== undefined, {
    error: 'it names no place; expected duckdb, parquet or both',
  })
  .refine(({ duckdb, parquet }) => normalize(duckdb ?? '.') !== normalize(parquet ?? '..'), {
    path: ['parquet'],
    error: 'it is the place of the DuckDB file; expected a folder of its own',
  });

/** How S3 is reached, where its SDK does not find it by itself. */
export interface S3Settings {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** Where copies for readers are put. */
export interface PublishSettings {
  readonly duckdb?: string | undefined;
  readonly parquet?: string | undefined;
  readonly s3?: S3Settings | undefined;
  /** In milliseconds. */
  readonly keep: number;
}

/** The setting as a user writes it: the path of a DuckDB file, or places by their kind. */
export type PublishInput =
  | string
  | {
      readonly duckdb?: string | undefined;
      readonly parquet?: string | undefined;
      readonly s3?: S3Settings | undefined;
      readonly keep?: string | undefined;
    };

/** The setting `publish`. */
export const publishSchema: z.ZodOptional<z.ZodType<PublishSettings, PublishInput>> = z
  .union([place.transform((duckdb) => places.parse({ duckdb })), places], {
    error: 'expected the path of a DuckDB file, or { duckdb: path, parquet: folder }',
  })
  .describe(
    'A copy for readers, who would otherwise wait for a run to end and a run for them: the path of a DuckDB file, or `{ duckdb, parquet, keep }`. After a run that has changed something the copy is put in place at once. Default: none.',
  )
  .optional();
