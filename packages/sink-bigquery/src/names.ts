import { SinkError, type Table } from '@tdp-sync/sink';

/** Two of a table's columns are the sink's own, and BigQuery holds 10,000. */
const COLUMNS = 9_998;

/** What a table may be called: https://cloud.google.com/bigquery/docs/tables#table_naming. A blank only inside. */
const TABLE = /^(?!\p{Zs})[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+(?<!\p{Zs})$/u;

/** What a column may be called: https://cloud.google.com/bigquery/docs/schemas#flexible-column-names. A blank only inside. */
const COLUMN = /^(?!\p{Zs})[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}&%=+:'<>#|]+(?<!\p{Zs})$/u;

/** What a column must not begin with, in any case: https://cloud.google.com/bigquery/docs/schemas#column_names */
const RESERVED =
  /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;

/** A name in backticks. Only names that passed {@link checkHeld}, or are the sink's own, have no backtick in them. */
export function quote(name: string): string {
  return `\`${name}\``;
}

/** Where tables are: the project and the dataset. */
export interface Place {
  readonly project: string;
  readonly dataset: string;
}

/** A table with its project and dataset. */
export function qualified({ project, dataset }: Place, table: string): string {
  return quote(`${project}.${dataset}.${table}`);
}

/** Throws `INVALID_VALUE` when BigQuery cannot hold a table, or one of its columns, under its name. */
export function checkHeld(tables: readonly Table[]): void {
  for (const { name, columns } of tables) {
    const shown = `Table ${JSON.stringify(name)}`;
    if (!TABLE.test(name)) {
      throw refusal(
        `${shown}: BigQuery takes letters, digits, connectors, dashes and, inside, blanks in the name of a table.`,
      );
    }
    if (columns.length > COLUMNS) {
      throw refusal(`${shown} has ${columns.length} columns; ${COLUMNS} are possible.`);
    }
    const odd = columns.find((column) => !COLUMN.test(column.name) || RESERVED.test(column.name));
    if (odd !== undefined) {
      throw refusal(
        `${shown}: BigQuery does not take ${JSON.stringify(odd.name)} as the name of a column.`,
      );
    }
  }
}

function refusal(message: string): SinkError {
  return new SinkError('INVALID_VALUE', `${message} Choose another name or mapping.`);
}
