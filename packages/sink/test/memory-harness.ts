import type { SinkHarness, TestDatabase } from '../src/conformance/index.ts';
import type { SinkAdapter } from '../src/index.ts';
import { MemoryDatabase } from '../src/memory/index.ts';
import { LinedDatabase } from './lined-database.ts';
import { damageTable } from './memory-damage.ts';

/** Tries an adapter that keeps its rows in a MemoryDatabase. */
export function memoryHarness(adapter: SinkAdapter<{ database?: MemoryDatabase }>): SinkHarness {
  return {
    adapter,
    fresh: async () => testDatabase(new MemoryDatabase()),
    freshBreakable: async () => {
      const database = new LinedDatabase();
      const breakAfter = (messages: number) => database.line.breakAfter(messages);
      return { ...testDatabase(database), breakAfter };
    },
  };
}

function testDatabase(database: MemoryDatabase): TestDatabase {
  return {
    config: { database },
    context: { baseDir: process.cwd() },
    tables: async () => database.tables(),
    read: async (table) => database.read(table),
    jsonText: async (table, column, key) =>
      database.read(table).map((row) => {
        const found = JSON.parse(String(row[column] ?? null))?.[key];
        return typeof found === 'string' ? found : null;
      }),
    damage: async (table, damage) => damageTable(database, table, damage),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
