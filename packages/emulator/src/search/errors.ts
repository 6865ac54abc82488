/** A search that Elasticsearch refuses, in Elasticsearch's own words. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
  /** Elasticsearch's name for the kind of error, such as `parsing_exception`. */
  readonly type: string;
  readonly status: number;
  /** Found by the shards and not while reading the request; the answer has another shape then. */
  readonly onShards: boolean;

  constructor(type: string, reason: string, options: { onShards?: boolean; status?: number } = {}) {
    super(reason);
    this.type = type;
    this.onShards = options.onShards ?? false;
    this.status = options.status ?? 400;
  }
}

/** The request is not what Elasticsearch's parser expects. */
export function parsingError(reason: string): SearchError {
  return new SearchError('parsing_exception', reason);
}

/** A value that cannot be. */
export function illegalArgument(reason: string): SearchError {
  return new SearchError('illegal_argument_exception', reason);
}

/** A request that is well-formed and fails against the data. */
export function shardError(type: string, reason: string): SearchError {
  return new SearchError(type, reason, { onShards: true });
}

/** Elasticsearch could do it, the emulator cannot. Saying so beats a wrong answer. */
export function unsupported(what: string): SearchError {
  return new SearchError('emulator_unsupported', `the emulator does not do ${what}`);
}

/** Elasticsearch's JSON for a refused search. */
export function errorBody(error: SearchError): object {
  const cause = { type: error.type, reason: error.message };
  if (!error.onShards) return { error: { root_cause: [cause], ...cause }, status: error.status };
  return {
    error: {
      root_cause: [cause],
      type: 'search_phase_execution_exception',
      reason: 'all shards failed',
      phase: 'query',
      grouped: true,
      failed_shards: [{ shard: 0, index: 'all', node: 'emulator', reason: cause }],
      caused_by: { ...cause, caused_by: cause },
    },
    status: error.status,
  };
}
