import { randomBytes } from 'node:crypto';
import type { Document, Sink, Table } from '@tdp-sync/sink';

/** A table with one document a row. */
export const LAB: Table = { name: 'lab', columns: [{ name: 'document', type: 'json' }] };

/** The nth id. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** A JSON text of this length that cannot be packed well. */
export function longText(length: number): string {
  return `"${randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)}"`;
}

/** Commits these texts, by id, as one load. `order` is the state too. */
export async function commit(
  sink: Sink,
  order: string,
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  const documents = [...texts].map(
    ([id, text]): Document => ({
      id,
      order,
      status: 'loaded',
      rows: new Map([['lab', [[text]]]]),
    }),
  );
  const since = await sink.readState('lab');
  await using load = await sink.begin({ sync: 'lab', tables: [LAB], since });
  await load.stage(documents);
  await load.commit(order);
}

/** The texts of these documents as they are stored, by id. */
export async function storedTexts(
  sink: Sink,
  ids: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const texts = new Map<string, unknown>();
  for await (const { id, row } of sink.rows(LAB, ids)) texts.set(id, row[0]);
  return texts;
}
