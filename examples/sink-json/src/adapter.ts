import { resolve } from 'node:path';
import type { SinkAdapter } from '@tdp-sync/sink';
import { z } from 'zod';
import { DatabaseFile } from './file.ts';
import { JsonSink } from './sink.ts';

/** The `sink:` section of the config, without its `type`. */
const config = z.strictObject({
  path: z.string().min(1).describe('The file. Relative to the config file; created when missing.'),
});

/** A config that has been checked. */
export type JsonConfig = z.output<typeof config>;

/** Keeps a JSON file in step with TDP. */
export const jsonSink: SinkAdapter<JsonConfig> = {
  name: 'json',
  contract: 1,
  config,
  open: async ({ path }, { baseDir }) => {
    const file = new DatabaseFile(resolve(baseDir, path));
    // Creates the file where it is missing, and shows at once whether it can be written.
    await file.change(() => undefined);
    return new JsonSink(file);
  },
};
