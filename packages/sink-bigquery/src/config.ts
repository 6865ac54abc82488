import { z } from 'zod';

const BYTES = /^(\d{1,15})(B|KB|MB|GB|TB)?$/;
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

const text = z.string().min(1);
const bytes = z
  .union([z.int().min(1), z.string().regex(BYTES, 'expected a size such as 64MB or 10GB')])
  .transform((size) => (typeof size === 'number' ? size : byteCount(size)));
/** https://cloud.google.com/bigquery/docs/labels-intro#requirements */
const labelKey = z.string().regex(/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u);
const labelValue = z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u);

/** How a table's rows may be divided by the time at which they were written. */
const partitioning = z.enum(['none', 'day', 'month', 'year']);

/** The `sink:` section for BigQuery. Each default is given with its reason in the README. */
export const configSchema: z.ZodType<BigQueryConfig, BigQueryInput> = z.strictObject({
  project: text
    .regex(/^[a-z0-9.:-]+$/, 'expected the id of a project, such as lab-data-4711')
    .describe('The project that holds the dataset and pays for the jobs.'),
  dataset: z
    .string()
    .regex(/^[A-Za-z0-9_]{1,1024}$/, 'expected letters, digits and underscores')
    .describe('The dataset that holds all tables.'),
  location: text
    .regex(/^[A-Za-z0-9-]+$/)
    .optional()
    .describe(
      'Where the dataset is, such as EU or europe-west3. Default: where it is; US for a new one.',
    ),
  createDataset: z
    .boolean()
    .default(true)
    .describe('Whether the dataset is created when it is missing.'),
  keyFile: text
    .optional()
    .describe(
      'Path of the key file of a service account. Default: application default credentials.',
    ),
  impersonateServiceAccount: z
    .string()
    .regex(/^[^@\s/]+@[^@\s/]+$/, 'expected the e-mail address of a service account')
    .optional()
    .describe('A service account to act as; the credentials above need the right to.'),
  labels: z
    .record(labelKey, labelValue)
    .default({})
    .describe('Labels of all jobs, to tell their cost apart.'),
  maximumBytesBilled: bytes
    .optional()
    .describe('A query that would bill more fails instead. Default: no limit.'),
  partitionBy: partitioning
    .default('none')
    .describe(
      'Divides tables that are created from now on by the time at which rows were written.',
    ),
  loadBytes: bytes
    .prefault('64MB')
    .describe('Most that one load job uploads, before compression; also what waits in memory.'),
  compress: z
    .boolean()
    .default(true)
    .describe('Whether uploads are compressed. Saves three quarters of the way, costs CPU.'),
  apiEndpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Another address of the API: Private Service Connect or an emulator. No credentials are sent over http.',
    ),
});

/** How a table's rows may be divided by the time at which they were written. */
export type Partitioning = 'none' | 'day' | 'month' | 'year';

/** The config with its defaults. */
export interface BigQueryConfig {
  readonly project: string;
  readonly dataset: string;
  readonly location?: string | undefined;
  readonly createDataset: boolean;
  readonly keyFile?: string | undefined;
  readonly impersonateServiceAccount?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** In bytes. */
  readonly maximumBytesBilled?: number | undefined;
  readonly partitionBy: Partitioning;
  /** In bytes. */
  readonly loadBytes: number;
  readonly compress: boolean;
  readonly apiEndpoint?: string | undefined;
}

/** The config as a user writes it. */
export interface BigQueryInput {
  readonly project: string;
  readonly dataset: string;
  readonly location?: string | undefined;
  readonly createDataset?: boolean | undefined;
  readonly keyFile?: string | undefined;
  readonly impersonateServiceAccount?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly maximumBytesBilled?: number | string | undefined;
  readonly partitionBy?: Partitioning | undefined;
  readonly loadBytes?: number | string | undefined;
  readonly compress?: boolean | undefined;
  readonly apiEndpoint?: string | undefined;
}

function byteCount(size: string): number {
  const [, count = '', unit = 'B'] = BYTES.exec(size) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}
