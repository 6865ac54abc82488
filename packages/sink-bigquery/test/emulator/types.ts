/** What BigQuery says of an error. */
export interface ApiError {
  readonly reason: string;
  readonly message: string;
}

/** One value of a result. */
export interface Cell {
  readonly v: unknown;
}

/** A result as the REST interface gives it. */
export interface ResultSet {
  readonly schema: unknown;
  readonly rows: readonly { readonly f: readonly Cell[] }[];
}

/** No rows. */
export const NOTHING: ResultSet = { schema: { fields: [] }, rows: [] };

/** A value for `@name`, as the REST interface takes it. */
export interface Parameter {
  readonly name: string;
}
