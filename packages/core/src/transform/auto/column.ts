import type { ColumnType } from '@tdp-sync/sink';
import type { ColumnNote, ExtractedColumn } from '../transform.ts';

/** What a column takes from the place whose values it holds. */
interface Placed {
  readonly path: string;
  readonly name: string;
  readonly rank: number;
  readonly about: ColumnNote | undefined;
}

/** A column of the file at hand. */
export class OpenColumn implements ExtractedColumn {
  readonly path: string;
  readonly name: string;
  readonly type: ColumnType;
  readonly rank: number;
  readonly about: ColumnNote | undefined;
  unfit = 0;
  /** Its position in the rows. */
  readonly slot: number;

  constructor({ path, name, rank, about }: Placed, type: ColumnType, slot: number) {
    this.path = path;
    this.name = name;
    this.rank = rank;
    this.about = about;
    this.type = type;
    this.slot = slot;
  }
}
