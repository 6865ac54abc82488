import { checkDocument, checkState } from '../checks.ts';
import { aboutDocument, lineConflict, SinkError, stateConflict } from '../errors.ts';
import { isOutdated } from '../outdated.ts';
import type { CommitResult, Document, Load, State, Table, Target } from '../sink.ts';
import { checkRow } from '../values.ts';
import { applied, readRows, type StagedDocument, winners } from './apply.ts';
import type { MemoryDatabase } from './database.ts';

/** A load into a {@link MemoryDatabase}. What is staged lives in this object and nowhere else. */
export class MemoryLoad implements Load {
  readonly #database: MemoryDatabase;
  readonly #target: Target;
  readonly #tables: ReadonlyMap<string, Table>;
  #staged: StagedDocument[] | undefined = [];

  constructor(database: MemoryDatabase, target: Target) {
    this.#database = database;
    this.#target = target;
    this.#tables = new Map(target.tables.map((table) => [table.name, table]));
  }

  async stage(documents: readonly Document[]): Promise<void> {
    // Taken before and given back after: whatever throws in between leaves the load closed.
    const staged = this.#take();
    for (const document of documents) staged.push(this.#read(document));
    this.#staged = staged;
  }

  #read(document: Document): StagedDocument {
    try {
      checkDocument(document, this.#tables);
      return readRows(document, this.#tables, checkRow);
    } catch (error) {
      throw aboutDocument(error, document.id);
    }
  }

  async commit(state: State): Promise<CommitResult> {
    const staged = this.#take();
    checkState(state);
    const { sync, since, tables, ledger = sync } = this.#target;
    const content = this.#database.content;
    if (content.states.get(sync) !== since) throw stateConflict(sync);
    const lines = content.ledgers.get(ledger) ?? new Map();
    const won = winners(staged, lines);
    if (won.some((document) => isOutdated(document, lines.get(document.id))))
      throw lineConflict(ledger);
    const next = applied(content, ledger, tables, won);
    this.#database.content = { ...next, states: new Map(next.states).set(sync, state) };
    return { applied: won.length, leftAlone: staged.length - won.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#staged = undefined;
  }

  #take(): StagedDocument[] {
    const staged = this.#staged;
    this.#staged = undefined;
    if (staged !== undefined) return staged;
    throw new SinkError(
      'LOAD_CLOSED',
      'This load is committed, failed or disposed. Begin another.',
    );
  }
}
