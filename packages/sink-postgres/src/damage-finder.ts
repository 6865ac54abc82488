import type { RowDamage, Table } from '@tdp-sync/sink';
import type { Sessions } from './connection.ts';
import { tableName } from './names.ts';
import { type ComparedTable, findDamages, nextRange } from './records.ts';
import { comparableColumns } from './schema.ts';

/** Documents that one statement compares: seconds, however large the tables are. */
const LINES = 10_000;

/** Where rows are compared. */
export interface Comparison {
  /** Rejects when the sink is closed. */
  readonly sessions: () => Sessions;
  readonly schema: string;
  readonly sync: string;
}

/**
 * Compares rows with what was recorded of them, stretch by stretch of the ledger. Nothing is locked and nothing open between two statements: a
 * slow reader holds up nobody.
 */
export async function* damagesIn(
  comparison: Comparison,
  tables: readonly Table[],
): AsyncGenerator<RowDamage> {
  const { sessions, schema, sync } = comparison;
  const found = await comparableColumns(sessions(), schema, tables);
  const compared = tables.map(({ name }, at) => ({ stored: tableName(name), found: found[at] }));
  for (let after: string | undefined, more = true; more; ) {
    const range = await sessions().query(nextRange(schema, LINES), [sync, after ?? '']);
    const [[last = null, lines = '0'] = []] = range.rows;
    more = Number(lines) === LINES;
    const upto = more ? String(last) : undefined;
    yield* await damagesWithin(comparison, tables, compared, [after, upto]);
    after = upto;
  }
}

async function damagesWithin(
  { sessions, schema, sync }: Comparison,
  tables: readonly Table[],
  compared: readonly ComparedTable[],
  [after, upto]: readonly [string | undefined, string | undefined],
): Promise<readonly RowDamage[]> {
  const range = { hasAfter: after !== undefined, hasUpto: upto !== undefined };
  const bounds = [after, upto].filter((bound) => bound !== undefined);
  const damages: { readonly at: number; readonly bytes: Buffer; readonly damage: RowDamage }[] = [];
  for (const [at, one] of compared.entries()) {
    const { rows } = await sessions().query(findDamages(schema, one, range), [sync, ...bounds]);
    for (const [id, recorded, there] of rows) {
      const damage = {
        id: String(id),
        table: tables[at]?.name ?? '',
        recorded: Number(recorded),
        found: Number(there),
      };
      damages.push({ at, bytes: Buffer.from(damage.id), damage });
    }
  }
  return damages
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes) || a.at - b.at)
    .map(({ damage }) => damage);
}
