/** What `npm run bench -- <name>` can run. */
export interface Program {
  /** The options it takes, with their defaults. */
  readonly options: string;
  readonly run: (args: readonly string[]) => Promise<Outcome>;
}

/** What a program found out. */
export interface Outcome {
  /** A table for people, or why nothing was measured. */
  readonly text: string;
  /** For `bench/results`: the file is named after the program and what was measured. */
  readonly figures?: { readonly of: string; readonly result: object };
}
