import { z } from 'zod';

/** What a sync's own section says about what is kept of the past. */
export const historySettings = {
  history: z
    .boolean()
    .default(false)
    .describe(
      'Keeps every change of a file as a row of `<sync>_history`, in the same transaction as the change: which version was in the tables from when on, and by which run (docs/audit.md). Turned on later, it begins with what is known.',
    ),
};
