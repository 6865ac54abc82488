import { z } from 'zod';

/** What shares out the work among several replicas of `serve`. Its other settings are its adapter's to check. */
export const queueConfig = z
  .looseObject({
    type: z.string().min(1).describe('`postgres`, the name of an npm package, or a path.'),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'expected small letters, digits, - and _, 40 at most')
      .default('tdp-sync')
      .describe(
        'Replicas of the same name share the work. Two services that use one queue need two names.',
      ),
    sliceFiles: z
      .int()
      .min(100)
      .default(100_000)
      .describe(
        'A backlog of at least twice as many files is cut into slices of about so many, which all replicas bring in.',
      ),
  })
  .optional()
  .describe(
    'Lets several replicas of `serve`, on one machine or many, share the work (docs/scale-out.md#replicas). Default: this process does everything itself.',
  );
