/** What the files of one package may import of this repository. Packages from elsewhere are none of its business. */
export interface PackageRow {
  /** Other packages of this repository, for `src` and everything beside it. */
  readonly packages: readonly string[];
  /** What each room of `src` may import besides itself, from the top down: nobody reaches up. Left out: all is one room. */
  readonly rooms?: Rooms;
}

/**
 * A room is a folder of `src`, or a file that lies directly in it. Files there that have no line of their own are the
 * ground: words that everybody uses.
 */
export type Rooms = Readonly<Record<string, readonly string[]>>;

/** The ground of `src`, as a room. */
export const GROUND = 'ground';
/** Every room of the same `src`. */
export const ALL = '*';

/** Every package of this repository, by its folder. `tests/` and `bench/` look into all of them. */
export const TABLE: Readonly<Record<string, PackageRow>> = {
  'packages/sink': {
    packages: [],
    rooms: {
      conformance: [GROUND],
      memory: [GROUND],
      [GROUND]: [],
    },
  },
  'packages/queue': {
    packages: ['@tdp-sync/sink'],
    rooms: {
      conformance: [GROUND],
      memory: [GROUND],
      [GROUND]: [],
    },
  },
  'packages/queue-postgres': { packages: ['@tdp-sync/queue'] },
  'packages/core': {
    packages: ['@tdp-sync/sink'],
    rooms: {
      'index.ts': [ALL],
      verify: ['sync', 'tables', 'position', 'source', GROUND],
      sync: ['tables', 'position', 'transform', 'source', GROUND],
      tables: ['position', 'transform', 'source', GROUND],
      position: ['source', GROUND],
      transform: [GROUND],
      source: [GROUND],
      [GROUND]: [],
    },
  },
  'packages/sink-duckdb': { packages: ['@tdp-sync/sink'] },
  'packages/sink-bigquery': { packages: ['@tdp-sync/sink'] },
  'packages/sink-mssql': { packages: ['@tdp-sync/sink'] },
  'packages/sink-postgres': { packages: ['@tdp-sync/sink'] },
  'packages/sink-snowflake': { packages: ['@tdp-sync/sink'] },
  'packages/emulator': {
    packages: [],
    rooms: {
      'index.ts': [ALL],
      command: ['server', 'demo', GROUND],
      server: ['api', 'search', 'lake', 'http', GROUND],
      api: ['search', 'lake', GROUND],
      search: ['lake', GROUND],
      demo: ['lake', GROUND],
      lake: [GROUND],
      http: [GROUND],
      [GROUND]: [],
    },
  },
  // It alone joins core and sinks, and names sinks only by strings that it imports at run time (`src/sinks.ts`).
  'apps/cli': {
    packages: ['@tdp-sync/core', '@tdp-sync/queue', '@tdp-sync/sink'],
    rooms: {
      'start.ts': ['program.ts', GROUND],
      'program.ts': ['commands', GROUND],
      commands: ['serve', 'sync', 'render', 'config', 'where', GROUND],
      serve: ['sync', 'render', 'config', GROUND],
      sync: ['config', GROUND],
      render: [GROUND],
      config: [GROUND],
      where: [GROUND],
      [GROUND]: [],
    },
  },
  'examples/sink-json': { packages: ['@tdp-sync/sink'] },
  'examples/demo': { packages: ['@tdp-sync/emulator'] },
};
