import { z } from 'zod';
import { urlProblem } from './url.ts';

const secret = 'Write ${NAME}: the config takes it from the environment or from a .env file.';

/** The `serve.queue` section for PostgreSQL. Each default is given with its reason in the README. */
export const configSchema: z.ZodType<PostgresQueueConfig, PostgresQueueInput> = z.strictObject({
  url: z
    .string()
    .min(1)
    .superRefine((url, context) => {
      const message = urlProblem(url);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .describe(
      `postgres://user:password@host:5432/database?sslmode=verify-full of the database that all replicas share. ${secret} Without a password there: PGPASSWORD.`,
    ),
  schema: z
    .string()
    .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,49}$/, 'expected small letters, digits and _, 50 at most')
    .default('tdp_sync_queue')
    .describe(
      'The schema that holds the tables of the queue, and nothing else. Created when missing.',
    ),
});

/** The config with its defaults. */
export interface PostgresQueueConfig {
  readonly url: string;
  readonly schema: string;
}

/** The config as a user writes it. */
export interface PostgresQueueInput {
  readonly url: string;
  readonly schema?: string | undefined;
}
