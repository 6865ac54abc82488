import type { StoredRow } from '@tdp-sync/sink';

/** What a portion should hold, counted in characters. */
const CHARACTERS = 33_554_432;
/** What a cell that is no text counts for. */
const CELL = 16;
const DOCUMENTS = 2_048;
/** How many times as many documents as were read so far the next portion may have. */
const GROWTH = 8;

/** What reading costs DuckDB, measured: looking at a key, and unpacking a character. */
const KEY_NS = 10;
const CHARACTER_NS = 1.25;
/** Rows that DuckDB unpacks together. */
const VECTOR = 2_048;

/** Of how many documents rows are read at once: as many as memory allows, or one by one. */
export class PortionSize {
  readonly #tableRows: number;
  #documents = 0;
  #rows = 0;
  #characters = 0;
  #limit = DOCUMENTS;

  constructor(tableRows: number) {
    this.#tableRows = tableRows;
  }

  /** How many documents the next portion has. */
  get documents(): number {
    if (this.#rows === 0) return Math.min(this.#limit, Math.max(1, this.#documents * GROWTH));
    const fitting = Math.floor((CHARACTERS * this.#documents) / this.#characters);
    const portion = Math.min(this.#limit, this.#documents * GROWTH, fitting);
    return portion >= this.#breakEven() ? portion : 1;
  }

  /** Takes note of a portion that was read. */
  read(documents: number, rows: readonly StoredRow[]): void {
    this.#documents += documents;
    this.#rows += rows.length;
    for (const { row } of rows) {
      for (const value of row) this.#characters += typeof value === 'string' ? value.length : CELL;
    }
  }

  /** From now on one document at a time. */
  becomeSmallest(): void {
    this.#limit = 1;
  }

  /**
   * From how many documents on it is quicker to read them at once. Several at once make DuckDB unpack the whole
   * table; a single one only the rows that are stored around it, but all keys are looked at for each.
   */
  #breakEven(): number {
    const perRow = (this.#characters / this.#rows) * CHARACTER_NS;
    const atOnce = this.#tableRows * (KEY_NS + perRow);
    const single = this.#tableRows * KEY_NS + VECTOR * perRow;
    return atOnce / single;
  }
}
