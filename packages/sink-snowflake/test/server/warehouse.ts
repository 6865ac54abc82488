/** What Snowflake's cloud services do by themselves: https://docs.snowflake.com/en/user-guide/cost-understanding-compute. */
const FREE = /^(?:ALTER|BEGIN|COMMIT|CREATE|DESCRIBE|DROP|LIST|PUT|REMOVE|ROLLBACK|SHOW|USE)\b/i;
const READ = /^(?:SELECT|WITH)\b/i;
const NAMES = /"(?:[^"]|"")*"(?:\."(?:[^"]|"")*")+|\b_TDP_SYNC_\w+/g;

/**
 * Tells which statements need a warehouse. A SELECT needs none when it was asked word for word before, without binds, and no table in it
 * has changed since: https://docs.snowflake.com/en/user-guide/querying-persisted-results.
 */
export class WarehouseMeter {
  readonly #answered = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  readonly #statements: string[] = [];
  #clock = 0;

  /** Those that needed one, in order. */
  get statements(): readonly string[] {
    return this.#statements;
  }

  /** Begins to count anew; what was answered before is remembered. */
  reset(): void {
    this.#statements.length = 0;
  }

  /** Notes a statement that succeeds. */
  note(statement: string, hasBinds: boolean): void {
    this.#clock += 1;
    const isRead = READ.test(statement);
    const tables = statement.match(NAMES) ?? [];
    if (FREE.test(statement)) return;
    if (isRead && !hasBinds && this.#isCached(statement, tables)) return;
    this.#statements.push(statement);
    if (isRead) this.#answered.set(statement, this.#clock);
    else for (const table of tables) this.#changed.set(table, this.#clock);
  }

  #isCached(statement: string, tables: readonly string[]): boolean {
    const asked = this.#answered.get(statement);
    if (asked === undefined) return false;
    return tables.every((table) => (this.#changed.get(table) ?? 0) < asked);
  }
}
