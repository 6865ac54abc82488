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

const places = z
  .strictObject({
    duckdb: place
      .optional()
      .describe('A DuckDB file for readers, which is replaced whole. Relative to the config file.'),
    parquet: place
      .optional()
      .describe(
        'A folder for Parquet files: one folder per table in it, and a `manifest.json` that names the files of the newest version. Relative to the config file; created when missing.',
      ),
    keep: keep
      .prefault('1h')
      .describe(
        'How long the Parquet files of a version that has been replaced stay, for readers that are under way.',
      ),
  })
  .refine(({ duckdb, parquet }) => duckdb !== undefined || parquet !== undefined, {
    error: 'it names no place; expected duckdb, parquet or both',
  });

/** Where copies for readers are put. */
export interface PublishSettings {
  readonly duckdb?: string | undefined;
  readonly parquet?: string | undefined;
  /** In milliseconds. */
  readonly keep: number;
}

/** The setting as a user writes it: the path of a DuckDB file, or places by their kind. */
export type PublishInput =
  | string
  | {
      readonly duckdb?: string | undefined;
      readonly parquet?: string | undefined;
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
