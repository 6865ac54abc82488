import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column, Value } from '@tdp-sync/sink';
import type { SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { jsonSink } from './adapter.ts';

/** What the conformance suite needs to try this sink: each case gets a new file in a folder of its own. */
export function harness(): SinkHarness {
  return { adapter: jsonSink, fresh };
}

async function fresh(): Promise<TestDatabase> {
  const baseDir = await mkdtemp(join(tmpdir(), 'tdp-sync-sink-json-'));
  const read = (table: string) => rowsOf(join(baseDir, 'lab.json'), table);
  return {
    config: { path: './lab.json' },
    context: { baseDir },
    tables: async () => Object.keys((await fileAt(join(baseDir, 'lab.json'))).tables),
    read,
    jsonText: async (table, column, key) =>
      (await read(table)).map((row) => {
        const found: unknown = JSON.parse(String(row[column] ?? null))?.[key];
        return typeof found === 'string' ? found : null;
      }),
    [Symbol.asyncDispose]: () => rm(baseDir, { recursive: true }),
  };
}

/** The file as any program reads it, and none of the sink's own code. */
interface JsonFile {
  readonly tables: Readonly<Record<string, JsonTable>>;
}

interface JsonTable {
  readonly columns: readonly Column[];
  readonly rows: Readonly<Record<string, readonly (readonly Value[])[]>>;
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
