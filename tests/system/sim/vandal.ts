import type { Row } from '@tdp-sync/sink';
import type { MemoryTable } from '@tdp-sync/sink/memory';
import { Random } from './random.ts';
import { kindTable } from './transform.ts';
import { SYNC, type World } from './world.ts';

/** Somebody who writes to the tables behind the sink's back. Gives the keys of the files whose rows are not theirs any more. */
export function damageRows(world: World): ReadonlySet<string> {
  const random = Random.of(world.scenario.seed, 'vandal');
  const damaged = new Set<string>();
  const kinds = Array.from(
    { length: world.scenario.kinds },
    (_, kind) => kindTable(SYNC, kind).name,
  );
  for (const name of [`${SYNC}_files`, SYNC, `${SYNC}_parts`, ...kinds]) {
    const { content } = world.database;
    const table = content.tables.get(name);
    if (table === undefined || random.chance(0.3)) continue;
    const changed = random.chance(0.15) ? undefined : vandalised(table, random, damaged);
    if (changed === undefined)
      for (const [key, rows] of table.rows) if (rows.length > 0) damaged.add(key);
    const tables = new Map(content.tables);
    if (changed === undefined) tables.delete(name);
    else tables.set(name, changed);
    world.database.content = { ...content, tables };
    world.note(`vandal: ${name} ${changed === undefined ? 'dropped' : 'changed'}`);
  }
  return damaged;
}

function vandalised(table: MemoryTable, random: Random, damaged: Set<string>): MemoryTable {
  const all = new Map(table.rows);
  for (const [key, rows] of table.rows) {
    if (rows.length === 0 || !random.chance(0.2)) continue;
    all.set(key, spoiled(rows, random));
    damaged.add(key);
  }
  return { ...table, rows: all };
}

function spoiled(rows: readonly Row[], random: Random): readonly Row[] {
  const [first = [], ...rest] = rows;
  const how = random.int(0, 2);
  if (how === 0) return rest;
  if (how === 1) return [first, ...rows];
  const at = first.findIndex((cell) => cell !== null);
  return [first.map((cell, index) => (index === at ? null : cell)), ...rest];
}
