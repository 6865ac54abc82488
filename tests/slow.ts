/** Test files that take long for one and the same reason. */
export interface Slow {
  readonly why: string;
  /** Globs from the root. Each matches something, as `tests/publish/suites.test.ts` sees to. */
  readonly files: readonly string[];
}

/**
 * What `npm test` leaves out, and `npm run test:all` runs. They begin in this order: what takes longest is first, so that
 * nothing is left to wait for alone in the end. A test file that is not named here is quick.
 */
export const SLOW: readonly Slow[] = [
  {
    why: "BigQuery's emulator takes 15 to 30 ms for a statement; it is built once, and GoogleSQL's analyser is fetched",
    files: [
      'packages/sink-bigquery/test/conformance.test.ts',
      'packages/sink-bigquery/test/{crash,googlesql,jobs,live}.test.ts',
    ],
  },
  {
    why: 'a real OpenSearch is started, asked thousands of questions, and synced from; it is fetched once',
    files: ['tests/search/{differential,product,notebooks}.test.ts'],
  },
  {
    why: 'the simulation, in full: hundreds of worlds, and wrong engines that it must tell from the right one',
    files: [
      'tests/system/{defects,systematic}.test.ts',
      'tests/system/{crew,known,month,random,serve,workers}.test.ts',
    ],
  },
  {
    why: 'npm packs, and installs into empty folders',
    files: ['tests/deploy/image.test.ts', 'tests/publish/{journeys,tarballs}.test.ts'],
  },
  {
    why: 'the service runs by a real clock, and a browser looks at it',
    files: ['tests/integration/serve*.test.ts', 'tests/deploy/traces.test.ts'],
  },
  {
    why: 'several workers at once are killed and begun again, each a process of its own',
    files: ['tests/integration/workers.test.ts'],
  },
  {
    why: 'a server of S3 is started for each test; it is installed once',
    files: ['tests/integration/publish-s3.test.ts'],
  },
  {
    why: 'what is measured is large, or is done more than once',
    files: ['bench/test/*.test.ts', 'tests/integration/verify-cost.test.ts'],
  },
  {
    why: 'every command, with everything hostile that a file or a server can say, and with few files to open',
    files: [
      'tests/integration/{addresses,echoed-secrets,hostile-texts,open-files,texts,transforms}.test.ts',
    ],
  },
  {
    why: 'what does not come is waited for, by a real clock',
    files: ['tests/integration/slow.test.ts'],
  },
  {
    why: 'what only large tables and long documents show',
    files: ['packages/sink-duckdb/test/{deletions,row-groups,room}.test.ts'],
  },
  {
    why: 'dbt takes seconds to start; it is installed once',
    files: ['tests/integration/dbt.test.ts'],
  },
  {
    why: 'processes are killed, again and again',
    files: [
      'packages/sink-{duckdb,mssql,postgres}/test/{kill,crash}.test.ts',
      'packages/sink-duckdb/test/publish/kill.test.ts',
      'tests/integration/kills.test.ts',
    ],
  },
  {
    why: 'the contract over the sockets of a server that only looks like SQL Server',
    files: ['packages/sink-mssql/test/{client,conformance}.test.ts'],
  },
  {
    why: 'the contract on a real PostgreSQL',
    files: ['packages/sink-postgres/test/conformance.test.ts'],
  },
  {
    why: 'replicas of the queue die, and others wait until they are known to be dead: most of a minute each',
    files: ['tests/queue/{conformance,death,outage}.test.ts'],
  },
];

/**
 * What `npm run test:all` leaves out as well, and a workflow of its own runs: `npx vitest run --project alone`. As the slow ones, each
 * for one reason.
 */
export const ALONE: readonly Slow[] = [
  {
    why: 'fakesnow, which stands in for Snowflake, takes a tenth of a second for a statement: twenty minutes; it is installed once',
    files: [
      'packages/sink-snowflake/test/{conformance,crash,lost-answers,loads,cost,live,proxy}.test.ts',
      'tests/integration/snowflake.test.ts',
    ],
  },
];
