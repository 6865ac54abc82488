import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column, Value } from '@tdp-sync/sink';
import type { Damage, SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { jsonSink } from './adapter.ts';

/** What the conformance suite needs to try this sink: each case gets a new file in a folder of its own. */
export function harness(): SinkHarness {
  return { adapter: jsonSink, fresh };
}

async function fresh(): Promise<TestDatabase> {
  const baseDir = await mkdtemp(join(tmpdir(), 'tdp-sync-sink-json-'));
  const path = join(baseDir, 'lab.json');
  const read = (table: string) => rowsOf(path, table);
  return {
    config: { path: './lab.json' },
    context: { baseDir },
    tables: async () => Object.keys((await fileAt(path)).tables),
    read,
    jsonText: async (table, column, key) =>
      (await read(table)).map((row) => {
        const found: unknown = JSON.parse(String(row[column] ?? null))?.[key];
        return typeof found === 'string' ? found : null;
      }),
    damage: async (table, damage) => {
      const file = await fileAt(path);
      damageTable(file, table, damage);
      await writeFile(path, JSON.stringify(file));
    },
    [Symbol.asyncDispose]: () => rm(baseDir, { recursive: true }),
  };
}

/** The file as any program reads it, and none of the sink's own code. */
interface JsonFile {
  readonly tables: Record<string, JsonTable>;
}

interface JsonTable {
  readonly columns: readonly Column[];
  readonly rows: Record<string, (Value | undefined)[][]>;
}

async function fileAt(path: string): Promise<JsonFile> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function rowsOf(path: string, table: string): Promise<readonly Record<string, Value>[]> {
  const { columns = [], rows = {} } = (await fileAt(path)).tables[table] ?? {};
  return Object.keys(rows)
    .sort()
    .flatMap((key) =>
      (rows[key] ?? []).map((row, index) => ({
        _file_key: key,
        _row: BigInt(index),
        ...Object.fromEntries(columns.map(({ name, type }, at) => [name, cell(type, row[at])])),
      })),
    );
}

function cell(type: string, value: Value | undefined): Value {
  if (value === undefined || value === null) return null;
  return type === 'int64' ? BigInt(value) : value;
}

/** A row has no number of its own in the file: its place is its number. */
function damageTable({ tables }: JsonFile, name: string, damage: Damage): void {
  if (damage.how === 'drop') {
    delete tables[name];
    return;
  }
  const { columns = [], rows = {} } = tables[name] ?? {};
  const own = rows[damage.id] ?? [];
  const row = own[damage.row] ?? [];
  if (damage.how === 'copy') own.splice(damage.as, 0, row);
  else if (damage.how === 'delete') own.splice(damage.row, 1);
  else if (damage.column === '_file_key') {
    const other = String(damage.value);
    rows[other] = [...(rows[other] ?? []), ...own.splice(damage.row, 1)];
  } else {
    const at = columns.findIndex((column) => column.name === damage.column);
    row[at] = written(columns[at]?.type, damage.value);
  }
}

/** As the file has a value that is given as text. */
function written(type: string | undefined, text: string | null): Value {
  if (type === 'boolean' || type === 'float64') return text === null ? null : JSON.parse(text);
  return text;
}
