import type { RowDamage, Table } from '@tdp-sync/sink';
import type { Place } from './names.ts';
import { findDamages } from './records.ts';
import type { Catalog } from './schema.ts';
import { type Session, sizedGroups } from './session.ts';

/**
 * Compares rows with what was recorded of them: as few statements as there may be, each of one moment. Only what differs is kept, so that
 * it can be put in order.
 */
export async function damagesIn(
  session: Session,
  { place, catalog }: { readonly place: Place; readonly catalog: Catalog },
  sync: string,
  tables: readonly Table[],
): Promise<readonly RowDamage[]> {
  const statements: string[] = [];
  for (const [at, table] of tables.entries()) {
    const compared = await catalog.comparable(session, table);
    statements.push(findDamages(place, sync, compared, at));
  }
  const damages: { readonly at: number; readonly bytes: Buffer; readonly damage: RowDamage }[] = [];
  for (const group of sizedGroups(statements, ({ length }) => length)) {
    const { rows } = await session.query(group.join(' UNION ALL '));
    for (const [at, id, recorded, found] of rows) {
      const damage = {
        id: String(id),
        table: tables[Number(at)]?.name ?? '',
        recorded: Number(recorded),
        found: Number(found),
      };
      damages.push({ at: Number(at), bytes: Buffer.from(damage.id), damage });
    }
  }
  return damages
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes) || a.at - b.at)
    .map(({ damage }) => damage);
}
