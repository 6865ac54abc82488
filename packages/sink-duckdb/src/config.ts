import { z } from 'zod';
import { type PublishInput, type PublishSettings, publishSchema } from './publish/settings.ts';

const bytes = z
  .string()
  .regex(/^\d+(?:\.\d+)?\s?(?:[KMGT]i?B|B)$/i, 'expected a size such as 512MB');

/** The `sink:` section for DuckDB. Each default is given with its reason in the README. */
export const configSchema: z.ZodType<DuckdbConfig, DuckdbInput> = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => path !== ':memory:', {
      error:
        'a database in memory would be gone when the command ends, and with it what it knows of TDP; give the path of a file',
    })
    .refine((path) => !/^(?:md:|motherduck:|[a-z][a-z\d+.-]+:\/\/)/i.test(path), {
      error: 'expected a file on this machine; MotherDuck and addresses are not supported',
    })
    .describe('The database file. Relative to the config file; created when missing.'),
  schema: z.string().min(1).max(128).default('main').describe('The schema that holds all tables.'),
  memoryLimit: bytes
    .optional()
    .describe(
      'What DuckDB may use before it spills to disk. Default: 256MB, or 3/16 of `memory`, or of what a container allows, if that is less.',
    ),
  threads: z.int().min(1).max(256).default(1).describe('How many threads DuckDB uses.'),
  checkpointThreshold: bytes
    .optional()
    .describe(
      'How large the write-ahead log grows before it is folded into the file. Default: 64MB, less where `memory` is small.',
    ),
  rowGroupSize: z
    .int()
    .min(2_048)
    .max(1_048_576)
    .multipleOf(2_048)
    .default(20_480)
    .describe('Rows that are stored together. 122880 suits tables of many small rows.'),
  tempDirectory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where DuckDB spills. Relative to the config file. Default: beside the database file.',
    ),
  publish: publishSchema,
});

/** The config with its defaults. */
export interface DuckdbConfig {
  readonly path: string;
  readonly schema: string;
  readonly memoryLimit?: string | undefined;
  readonly threads: number;
  readonly checkpointThreshold?: string | undefined;
  readonly rowGroupSize: number;
  readonly tempDirectory?: string | undefined;
  readonly publish?: PublishSettings | undefined;
}

/** The config as a user writes it. */
export type DuckdbInput = Pick<DuckdbConfig, 'path'> & {
  readonly [Key in Exclude<keyof DuckdbConfig, 'path' | 'publish'>]?: DuckdbConfig[Key] | undefined;
} & { readonly publish?: PublishInput | undefined };
