import type { Table } from '@tdp-sync/sink';
import type { FileHit } from '../../file.ts';
import type { RowsByTable } from './rows.ts';

/** What the process of a transform is asked for: first to load its module, then one file after the other, then to end. */
export type Asked =
  | { readonly is: 'load'; readonly url: string; readonly source: string }
  | { readonly is: 'file'; readonly id: number; readonly file: FileHit; readonly content: Buffer }
  | { readonly is: 'end' };

/** What it answers to a file. */
export type FileAnswer =
  | { readonly is: 'rows'; readonly id: number; readonly rows: RowsByTable }
  | {
      readonly is: 'failed';
      readonly id: number;
      readonly reason: string;
      readonly place: string | undefined;
    }
  | {
      readonly is: 'invalid';
      readonly id: number;
      readonly reason: string;
      readonly where: string | undefined;
    };

/** What it answers, to files in their order. */
export type Answer =
  | { readonly is: 'loaded'; readonly tables: readonly Table[] }
  | { readonly is: 'refused'; readonly issues: readonly string[] }
  | FileAnswer
  /** Something was thrown while no file was under way. */
  | { readonly is: 'late'; readonly reason: string };
