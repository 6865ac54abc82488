import type { SinkContext } from '@tdp-sync/sink';
import type { DuckdbConfig } from '../config.ts';
import type { Connection } from '../connection.ts';
import type { Database } from '../database.ts';
import type { Place } from '../sql.ts';
import type { Mark } from './mark.ts';

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
  /** Whether this very copy is there, as a whole. `file` is the real path of the database. */
  isThere(mark: Mark, file: string): Promise<boolean>;
  /**
   * Sees whether a copy could be put there; changes nothing. `id` is the database's, which it has not before something is published from it.
   *
   * @throws PublishTrouble, or the error of the system, that says why not.
   */
  check(file: string, id: string | undefined): Promise<void>;
  /** Makes a copy of what is committed and puts it in place, whole or not at all, and in the place of no other database's. */
  put(origin: Origin, mark: Mark): Promise<void>;
}
