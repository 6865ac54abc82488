/**
 * The part of Standard Schema (https://standardschema.dev, version 1) that tdp-sync uses, so that a
 * sink may describe its config with zod, valibot, arktype or by hand without depending on ours.
 */
export interface ConfigSchema<Config = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Must not throw. Returns the config with its defaults, or every issue found. */
    readonly validate: (value: unknown) => ConfigResult<Config> | Promise<ConfigResult<Config>>;
    /**
     * Standard JSON Schema: the input side as JSON Schema, for editors. Only read when present; zod
     * 4.2 and later bring it along.
     */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-07' }) => Record<string, unknown>;
    };
    /** Carries the type only. */
    readonly types?: { readonly input: unknown; readonly output: Config } | undefined;
  };
}

/** The outcome of a check: a config, or what is wrong with it. */
export type ConfigResult<Config> =
  | { readonly value: Config; readonly issues?: undefined }
  | { readonly issues: readonly ConfigIssue[] };

/** One thing that is wrong in a config, and where. */
export interface ConfigIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
