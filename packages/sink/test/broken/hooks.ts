import type {
  ColumnType,
  CommitResult,
  Document,
  Row,
  RowDamage,
  State,
  StoredDocument,
  StoredRow,
  Table,
  Target,
  Value,
} from '../../src/index.ts';
import type { MemoryDatabase } from '../../src/memory/index.ts';

/** A document whose rows have been read, so that a defect can look at them. */
export interface ReadDocument extends Document {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** What a defect sees of a commit. */
export interface Attempt {
  readonly database: MemoryDatabase;
  readonly target: Target;
  readonly documents: readonly ReadDocument[];
  readonly state: State;
}

/** What a defect sees when rows are read. */
export interface Reading {
  readonly table: Table;
  readonly ids: readonly string[];
  readonly database: MemoryDatabase;
  /** What the reference sink gives. */
  readonly right: () => AsyncIterable<StoredRow>;
  readonly isClosed: () => boolean;
}

/** What a defect sees when rows are compared with what was recorded. */
export interface Proving {
  readonly sync: string;
  readonly tables: readonly Table[];
  readonly database: MemoryDatabase;
  /** What the reference sink gives. */
  readonly right: () => AsyncIterable<RowDamage>;
  readonly isClosed: () => boolean;
}

/** The places at which a sink can be broken. Left out means as the reference sink does it. */
export interface Hooks {
  readonly sync?: (sync: string) => string;
  readonly state?: (state: State) => State;
  readonly target?: (target: Target, database: MemoryDatabase) => Target;
  /** Takes the place of the check of documents and rows. */
  readonly accept?: (document: ReadDocument) => ReadDocument;
  readonly value?: (value: Value, type: ColumnType) => Value;
  /** The document that an error of `stage` names. */
  readonly blamed?: (documents: readonly Document[]) => string | undefined;
  readonly staged?: (attempt: Omit<Attempt, 'state'>) => void;
  /** What is committed of what was staged. */
  readonly documents?: (attempt: Attempt) => readonly Document[];
  /** Whether a document replaces the line of the ledger. */
  readonly beats?: (order: string, stored: string) => boolean;
  readonly since?: (attempt: Attempt) => State | undefined;
  /** What becomes visible of a commit before all of it does. */
  readonly comesFirst?: (attempt: Attempt) => void;
  readonly refused?: (attempt: Attempt) => void;
  readonly committed?: (attempt: Attempt) => void;
  readonly result?: (result: CommitResult) => CommitResult;
  readonly disposed?: (attempt: Omit<Attempt, 'state'>) => void;
  readonly lines?: (lines: readonly StoredDocument[]) => readonly StoredDocument[];
  /** The ledger is read anew for each page of so many lines, and what comes before the page is passed over by its number. */
  readonly linesByOffset?: number;
  readonly read?: (reading: Reading) => AsyncIterable<StoredRow>;
  readonly prove?: (proving: Proving) => AsyncIterable<RowDamage>;
  readonly clear?: (database: MemoryDatabase, sync: string) => void;
  /** All loads of a sink share one list of staged documents. */
  readonly sharedStaging?: boolean;
  /** Compares the state, lets others commit, and then sets it without a look. */
  readonly comparesTooEarly?: boolean;
  readonly swallowsErrors?: boolean;
  readonly reopensLoads?: boolean;
  readonly readsRowsTwice?: boolean;
}

/** One thing that an outsider may get wrong, and the case that must say so. */
export interface Defect {
  readonly name: string;
  /** The name of a case of the suite. */
  readonly caughtBy: string;
  readonly hooks: Hooks;
}
