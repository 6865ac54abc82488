import type { SinkContext } from '@tdp-sync/sink';
import type { DuckdbConfig } from '../config.ts';
import type { Connection } from '../connection.ts';
import type { Database } from '../database.ts';
import type { Place } from '../sql.ts';

/** What a copy is made from. */
export interface Origin {
  readonly database: Database;
  /** Nobody else's while a copy is made. */
  readonly connection: Connection;
  readonly place: Place;
  readonly config: DuckdbConfig;
  readonly context: SinkContext;
}

/** A place where readers find a copy. */
export interface PublishTarget {
  /** The path. */
  readonly name: string;
  /** Whether there is a copy, of whatever version. */
  isThere(): Promise<boolean>;
  /** Makes a copy of what is committed and puts it in place, whole or not at all. `isKnown`: one was put there before. */
  put(origin: Origin, isKnown: boolean): Promise<void>;
}
