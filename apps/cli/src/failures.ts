/** Files that could not be loaded for one and the same reason. */
export interface FailureGroup {
  readonly errorCode: string;
  readonly error: string;
  readonly files: number;
  /** Path of one of them, or its fileId. */
  readonly first: string;
}

/** Groups failures by their reasons. */
export class FailureGroups {
  readonly #groups = new Map<string, FailureGroup>();

  /** Gives how many there are by now for the same reason. */
  add({ errorCode, error, first }: Omit<FailureGroup, 'files'>): number {
    const key = `${errorCode} ${error}`;
    const group = this.#groups.get(key) ?? { errorCode, error, files: 0, first };
    this.#groups.set(key, { ...group, files: group.files + 1 });
    return group.files + 1;
  }

  /** The largest first. */
  get all(): readonly FailureGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.files - a.files);
  }
}

/** A report, and why the files could not be loaded that are failed in the database now. */
export type WithFailures<Report> = Report & {
  readonly failures: readonly FailureGroup[];
  /** The table in which all of them are. */
  readonly filesTable: string;
};
