import type { RowDamage } from '@tdp-sync/sink';
import type { Jobs, ResultRow } from './jobs.ts';
import type { Place } from './names.ts';
import { type ComparedTable, findDamages } from './records.ts';

/** What a statement may have, in characters, is a million: https://cloud.google.com/bigquery/quotas#query_jobs */
const STATEMENT = 900_000;

/**
 * Compares rows with what was recorded of them: as few statements as there may be, each of one moment, and their results, which are in order,
 * as one.
 */
export async function* damagesIn(
  jobs: Jobs,
  place: Place,
  sync: string,
  compared: readonly ComparedTable[],
): AsyncGenerator<RowDamage> {
  const results = portions(place, compared).map((statement) =>
    told(compared, jobs.read(statement, { sync })),
  );
  yield* results.length === 1 && results[0] !== undefined ? results[0] : merged(compared, results);
}

/** Statements of as many tables each as go into one. */
function portions(place: Place, compared: readonly ComparedTable[]): readonly string[] {
  if (compared.length === 0) return [];
  const statement = findDamages(place, compared);
  if (statement.length <= STATEMENT || compared.length === 1) return [statement];
  const half = Math.ceil(compared.length / 2);
  return [compared.slice(0, half), compared.slice(half)].flatMap((some) => portions(place, some));
}

async function* told(
  compared: readonly ComparedTable[],
  pages: AsyncIterable<readonly ResultRow[]>,
): AsyncGenerator<RowDamage> {
  const names = new Map(compared.map(({ place, table }) => [place, table.name]));
  for await (const page of pages) {
    for (const [id, place, recorded, found] of page) {
      yield {
        id: String(id),
        table: names.get(Number(place)) ?? '',
        recorded: recorded === null ? undefined : Number(recorded),
        found: Number(found),
      };
    }
  }
}

/** Several results in one order: by id, then as the tables were asked for. */
async function* merged(
  compared: readonly ComparedTable[],
  results: readonly AsyncGenerator<RowDamage>[],
): AsyncGenerator<RowDamage> {
  const places = new Map(compared.map(({ place, table }) => [table.name, place]));
  const placeOf = ({ table }: RowDamage) => places.get(table) ?? 0;
  const next = await Promise.all(results.map((result) => result.next()));
  for (;;) {
    let first: { readonly at: number; readonly damage: RowDamage } | undefined;
    for (const [at, { done, value }] of next.entries()) {
      if (done === true) continue;
      const isBefore =
        first === undefined ||
        value.id < first.damage.id ||
        (value.id === first.damage.id && placeOf(value) < placeOf(first.damage));
      if (isBefore) first = { at, damage: value };
    }
    if (first === undefined) return;
    yield first.damage;
    const result = results[first.at];
    if (result !== undefined) next[first.at] = await result.next();
  }
}
