/** Files that could not be loaded for one and the same reason. */
export interface FailureGroup {
  readonly errorCode: string;
  readonly error: string;
  readonly files: number;
  /** Path of one of them, or its fileId. */
  readonly first: string;
}

/** A report, and why the files could not be loaded that are failed in the database now. */
export type WithFailures<Report> = Report & { readonly failures: readonly FailureGroup[] };
