import { type ColumnRules, columnIssues, hashes } from '@tdp-sync/core';
import { z } from 'zod';

const rule = z.union(
  [z.enum(['drop', 'hash']), z.strictObject({ rename: z.string(), hash: z.boolean().optional() })],
  { error: 'expected drop, hash, or a name such as { rename: run_title }' },
);

/** What a sync's own section says about the columns of its tables. */
export const columnSettings = {
  columns: z
    .record(z.string(), rule, 'expected paths, such as { "users[].email": drop }')
    .default({})
    .describe(
      'What is kept from the database, by the path in the document: `{ "users[].email": drop, "*.operator*": hash }` leaves out or hashes, `{ run.name: { rename: run_title } }` gives a column of `tables: auto` another name (docs/privacy.md). Default: nothing.',
    ),
};

/** What the hashes of all syncs are made with. */
export const hashSalt = z
  .string()
  .min(16, 'fewer than 16 characters can be guessed; "openssl rand -hex 32" makes a good one')
  .optional()
  .describe(
    'What values are hashed with where `columns` says `hash`, at least 16 characters, best as `${TDP_SYNC_HASH_SALT}`. Keep it: with another one all hashes are others, and all files are loaded anew. Default: none.',
  );

interface Columns {
  readonly columns: ColumnRules;
  readonly tables?: unknown;
}

/** Everything wrong with what a sync says about columns. */
export function checkColumns({ columns, tables }: Columns, context: z.RefinementCtx): void {
  for (const { path, message } of columnIssues(columns, tables === 'auto'))
    context.addIssue({ code: 'custom', path: ['columns', ...path], message });
}

/** Who hashes needs a salt. */
export function checkSalt(
  config: {
    readonly hashSalt?: string | undefined;
    readonly syncs: Readonly<Record<string, Columns>>;
  },
  context: z.RefinementCtx,
): void {
  if (config.hashSalt !== undefined) return;
  const [first] =
    Object.entries(config.syncs).find(([, { columns }]) => Object.values(columns).some(hashes)) ??
    [];
  if (first === undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['hashSalt'],
    message: `the sync "${first}" hashes columns; write hashSalt: \${TDP_SYNC_HASH_SALT}, "openssl rand -hex 32" makes one`,
  });
}
