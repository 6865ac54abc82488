import { access, constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { devNull } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SinkContext } from '@tdp-sync/sink';
import type { DuckdbConfig } from './config.ts';
import { Connection } from './connection.ts';
import { Deletions } from './deletions.ts';
import { isOutOfMemory, sinkError } from './errors.ts';
import { logSize } from './log-size.ts';
import { type BoundedConfig, withinMemory } from './memory.ts';
import { Room } from './room.ts';
import { RowGroups } from './row-groups.ts';
import { type Serial, writersOf } from './serial.ts';
import { DATABASE } from './sql.ts';

/** An open database file. */
export class Database {
  /** The real path of the file. */
  readonly file: string;
  /** Runs whatever writes to the file, through any sink of this process, one after the other. */
  readonly writers: Serial;
  /** Whether DuckDB may merge what is stored. */
  readonly rowGroups: RowGroups;
  readonly deletions: Deletions;
  readonly #instance: DuckDBInstance;
  readonly #memoryLimit: string;

  private constructor(
    file: string,
    instance: DuckDBInstance,
    rowGroups: RowGroups,
    memoryLimit: string,
  ) {
    this.file = file;
    this.writers = writersOf(file);
    this.rowGroups = rowGroups;
    this.deletions = new Deletions(rowGroups);
    this.#instance = instance;
    this.#memoryLimit = memoryLimit;
  }

  /** Opens the file, or creates it. A file that is open in this process already is shared. */
  static async open(config: DuckdbConfig, context: SinkContext): Promise<Database> {
    const { baseDir } = context;
    const named = resolve(baseDir, config.path);
    try {
      await checkRoomForFiles();
      const { file, isNew } = await realFile(named);
      const bounded = withinMemory(config, context.memoryBytes);
      const instance = await instanceFor(file, bounded, baseDir);
      const rowGroups = await writersOf(file).run(() => attach(instance, file, bounded, isNew));
      return new Database(file, instance, rowGroups, bounded.memoryLimit);
    } catch (error) {
      throw sinkError(error, named);
    }
  }

  /** A connection of its own: its transactions and temporary tables are nobody else's. */
  async connect(): Promise<Connection> {
    try {
      return new Connection(await this.#instance.connect(), this.file);
    } catch (error) {
      throw sinkError(error, this.file);
    }
  }

  /** More memory than the limit, for as long as a load or a reading wants it. */
  room(): Room {
    return new Room(this.file, this.#memoryLimit, async (sql) => {
      const connection = await this.connect();
      try {
        await connection.run(sql);
      } finally {
        connection.close();
      }
    });
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/**
 * Whether there is a file.
 *
 * @throws SinkError when there is none, and none could be made there.
 */
export async function databaseExists(config: DuckdbConfig, baseDir: string): Promise<boolean> {
  const named = resolve(baseDir, config.path);
  try {
    const { file, isNew } = await realFile(named);
    if (isNew) await access(dirname(file), constants.W_OK | constants.X_OK);
    return !isNew;
  } catch (error) {
    throw sinkError(error, named);
  }
}

/** The database, its log, and what DuckDB opens for a moment. */
const FILES_AT_ONCE = 4;

/** DuckDB ends the whole process, and not with an error, when it finds no file free to begin with. */
async function checkRoomForFiles(): Promise<void> {
  const held: FileHandle[] = [];
  try {
    while (held.length < FILES_AT_ONCE) held.push(await open(devNull));
  } finally {
    await Promise.all(held.map((handle) => handle.close()));
  }
}

/**
 * The instance for a file, shared within the process: two instances on one file would lose data. It is
 * in memory and the file attached to it, since only so the size of row groups can be chosen.
 */
function instanceFor(
  file: string,
  config: BoundedConfig,
  baseDir: string,
): Promise<DuckDBInstance> {
  const { memoryLimit, threads, checkpointThreshold, tempDirectory } = config;
  return DuckDBInstance.fromCache(`:memory:${file}`, {
    memory_limit: memoryLimit,
    threads: String(threads),
    checkpoint_threshold: checkpointThreshold,
    temp_directory: tempDirectory === undefined ? `${file}.tmp` : resolve(baseDir, tempDirectory),
    // json, icu and parquet are part of the package. Nothing is ever fetched at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

async function attach(
  instance: DuckDBInstance,
  file: string,
  config: BoundedConfig,
  isNew: boolean,
): Promise<RowGroups> {
  const connection = new Connection(await instance.connect(), file);
  try {
    const statement = attachStatement(file, config, isNew);
    return await RowGroups.attach(connection, file, config.rowGroupSize, () =>
      attachWithLog(connection, file, config, statement),
    );
  } catch (error) {
    instance.closeSync();
    throw error;
  } finally {
    connection.close();
  }
}

function attachStatement(file: string, { rowGroupSize }: BoundedConfig, isNew: boolean): string {
  const options = [`ROW_GROUP_SIZE ${rowGroupSize}`];
  // The format of a file that is there is left alone. For a new one: the oldest that compresses long texts, and small
  // blocks, since each column that a commit writes to holds a block in memory until the log is folded in.
  if (isNew) options.push("STORAGE_VERSION 'v1.2.0'", 'BLOCK_SIZE 16384');
  const literal = `'${file.replaceAll("'", "''")}'`;
  return `ATTACH IF NOT EXISTS ${literal} AS ${DATABASE} (${options.join(', ')})`;
}

/**
 * A process that was killed may have left in the log what was committed with more memory than the limit. Attaching it
 * takes as much again; then it is folded in, so that the next time it does not.
 */
async function attachWithLog(
  connection: Connection,
  file: string,
  { memoryLimit }: BoundedConfig,
  statement: string,
): Promise<void> {
  await using room = new Room(file, memoryLimit, (sql) => connection.run(sql));
  for (;;) {
    try {
      await connection.run(statement);
      if (room.wantsFolding) await connection.checkpoint();
      return;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (!(await room.fit(await logSize(file))) && !(await room.grow())) throw error;
    }
  }
}

/** The path that all sinks on one file agree on, however they name it. */
export async function realFile(named: string): Promise<{ file: string; isNew: boolean }> {
  const folder = await realpath(dirname(named));
  const joined = join(folder, basename(named));
  try {
    return { file: await realpath(joined), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { file: joined, isNew: true };
  }
}
