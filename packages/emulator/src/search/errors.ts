/** What lies behind an error, and what behind that. */
export interface Cause {
  readonly type: string;
  readonly reason: string;
  readonly caused_by?: Cause;
}

/** An index in which a search failed. */
export interface ShardFailure {
  readonly index: string;
  readonly error: SearchError;
}

interface ErrorOptions {
  readonly onShards?: boolean;
  readonly afterShards?: boolean;
  readonly status?: number;
  readonly behind?: Cause;
  readonly root?: Cause;
}

/** A search that Elasticsearch refuses, in Elasticsearch's own words. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
  /** Elasticsearch's name for the kind of error, such as `parsing_exception`. */
  readonly type: string;
  readonly status: number;
  /** Found by the shards and not while reading the request; the answer has another shape then. */
  readonly onShards: boolean;
  /** Found while the answers of the shards were put together. */
  readonly afterShards: boolean;
  /** What it wraps. */
  readonly behind: Cause | undefined;
  /** What Elasticsearch takes for the root of it. */
  readonly root: Cause;
  /** The indices in which it failed, where it failed in all of them. */
  failures: readonly ShardFailure[] = [];

  constructor(type: string, reason: string, options: ErrorOptions = {}) {
    super(reason);
    this.type = type;
    this.afterShards = options.afterShards ?? false;
    this.onShards = options.onShards ?? this.afterShards;
    this.status = options.status ?? 400;
    this.behind = options.behind;
    this.root = options.root ?? { type, reason };
  }

  /** The error and what is behind it, as Elasticsearch writes it. */
  get told(): Cause {
    const { type, message: reason, behind } = this;
    return behind === undefined ? { type, reason } : { type, reason, caused_by: behind };
  }

  /** The root of it, and what that was caused by, in one line. */
  get inOneLine(): string {
    const { root, behind } = this;
    const text = `[${root.type}] ${root.reason}`;
    let last = root.type === this.type ? behind : undefined;
    while (last?.caused_by !== undefined) last = last.caused_by;
    return last === undefined || text.includes(last.reason) ? text : `${text}: ${last.reason}`;
  }
}

/** The request is not what Elasticsearch's parser expects. */
export function parsingError(reason: string): SearchError {
  return new SearchError('parsing_exception', reason);
}

/** A part of the request that Elasticsearch's newer parsers read, which have another name for the same. */
export function contentError(reason: string, behind?: Cause): SearchError {
  return new SearchError(
    'x_content_parse_exception',
    reason,
    behind === undefined ? {} : { behind },
  );
}

/** A value that cannot be. */
export function illegalArgument(reason: string): SearchError {
  return new SearchError('illegal_argument_exception', reason);
}

/** A text that ought to be a number. */
export function notANumber(text: string): SearchError {
  return new SearchError('number_format_exception', `For input string: "${text}"`);
}

/** A request that is well-formed and fails against the data. */
export function shardError(type: string, reason: string, status = 400): SearchError {
  return new SearchError(type, reason, { onShards: true, status });
}

/** A clause that cannot be asked of a field of this kind. */
export function queryError(reason: string): SearchError {
  return shardError('query_shard_exception', reason);
}

/** No document has an id without a character, so that asking for it is refused. */
export function idOf(text: string): string {
  if (text === '') throw valueError('illegal_argument_exception', "Ids can't be empty");
  return text;
}

/** A value of a clause that no field of this kind can have. */
export function valueError(type: string, reason: string): SearchError {
  return new SearchError('query_shard_exception', `failed to create query: ${reason}`, {
    onShards: true,
    behind: { type, reason },
  });
}

/** Elasticsearch could do it, the emulator cannot. Saying so beats a wrong answer. */
export function unsupported(what: string): SearchError {
  return new SearchError('emulator_unsupported', `the emulator does not do ${what}`);
}

/** What an error within a clause becomes around it: the clause's parser wraps it, and the root stays the root. */
export function wrapped(error: SearchError, reason: string): SearchError {
  if (error.onShards || error.type === 'emulator_unsupported') return error;
  const isRoot = error.root.type === 'parsing_exception';
  return new SearchError('x_content_parse_exception', reason, {
    behind: error.told,
    ...(isRoot ? { root: error.root } : {}),
  });
}

function failureJson({ index, error }: ShardFailure): object {
  return { shard: 0, index, node: 'emulator', reason: { ...error.told, index } };
}

/** The failures of the shards of a search that found something all the same. */
export function failuresJson(failures: readonly ShardFailure[]): readonly object[] {
  return failures.map(failureJson);
}

/** Elasticsearch's JSON for a refused search. */
export function errorBody(error: SearchError): object {
  const { failures, root, status } = error;
  if (!error.onShards) return { error: { root_cause: [root], ...error.told }, status };
  const causes = failures.map((failure) => ({ ...failure.error.root, index: failure.index }));
  return {
    error: {
      root_cause: causes,
      type: 'search_phase_execution_exception',
      reason: error.afterShards ? '' : 'all shards failed',
      phase: error.afterShards ? 'fetch' : 'query',
      grouped: true,
      failed_shards: failuresJson(failures),
      caused_by: error.told,
    },
    status,
  };
}
