import { type Found, venvWith } from '../python/venv.ts';

/** A Python that has dbt with DuckDB, or why there is none. */
export function findDbt(): Promise<Found> {
  return venvWith({
    name: 'dbt-core-1.11.16',
    packages: ['dbt-core==1.11.16', 'dbt-duckdb==1.11.1'],
    lastMinor: 13,
  });
}
