import { SinkError, type SinkErrorOptions } from '@tdp-sync/sink';

/** What the commit raises when the state is not the one that the load began with. */
export const STATE_CONFLICT = 'TDP_SYNC_STATE_CONFLICT';
/** What a commit raises that finds another line than the one that a document was made against. */
export const LINE_CONFLICT = 'TDP_SYNC_LINE_CONFLICT';

/** Where an error came from, for its message. Never holds a credential. */
export interface Origin {
  readonly project: string;
  readonly dataset: string;
}

/** What the API says of an error: https://cloud.google.com/bigquery/docs/error-messages */
export interface ApiFailure {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * What went wrong, without the request: the client's own error carries that along, and in it the token. Thrown
 * inside of this package only.
 */
export class BigQueryFailure extends Error {
  override readonly name = 'BigQueryFailure';
  /** The HTTP status, or the code of Node for a connection. */
  readonly code: number | string | undefined;
  readonly failures: readonly ApiFailure[];
  /** The job that failed, when the error is of a job and not of the request that asked for it. */
  readonly job: string | undefined;

  constructor(
    message: string,
    facts: {
      readonly code?: number | string | undefined;
      readonly failures?: readonly ApiFailure[];
      readonly job?: string;
    },
  ) {
    super(message);
    this.code = facts.code;
    this.failures = facts.failures ?? [];
    this.job = facts.job;
  }
}

/** The failure that the client's error tells of. */
export function failureOf(error: unknown): BigQueryFailure {
  if (error instanceof BigQueryFailure) return error;
  if (!(error instanceof Error)) return new BigQueryFailure(String(error), {});
  const { code, errors, message } = error as Error & Readonly<Record<string, unknown>>;
  return new BigQueryFailure(message, {
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    failures: Array.isArray(errors) ? errors.map(apiFailure) : [],
  });
}

function apiFailure(error: unknown): ApiFailure {
  if (typeof error !== 'object' || error === null) return {};
  const { reason, message } = error as Readonly<Record<string, unknown>>;
  return {
    reason: typeof reason === 'string' ? reason : undefined,
    message: typeof message === 'string' ? message : undefined,
  };
}

/** Too much at once: the same passes when it is sent more slowly. */
const RATE: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'jobRateLimitExceeded',
  'userRateLimitExceeded',
]);
/** Google's own trouble. */
const BACKEND: ReadonlySet<string> = new Set([
  'backendError',
  'jobBackendError',
  'internalError',
  'jobInternalError',
  'tableUnavailable',
]);
/** Another transaction or statement was at the same table. No reason tells these apart from a wrong query. */
const CONFLICT =
  /could not serialize access|aborted due to concurrent update|retrying the job may solve|too many DML statements outstanding/i;
const LOST: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
]);
/** For a connection that broke while the answer was read, the client gives no code. */
const LOST_TEXT = /socket hang up|premature close|network timeout|terminated/i;
const PASSING_STATUS: ReadonlySet<unknown> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether trying again at once can help: `slowly` when it was too much, or in conflict with another. */
export function passes(failure: BigQueryFailure): 'soon' | 'slowly' | undefined {
  const { code } = failure;
  if (has(failure, RATE) || CONFLICT.test(textOf(failure))) return 'slowly';
  if (isDenied(failure) || has(failure, NOT_PASSING)) return undefined;
  if (has(failure, BACKEND) || isLost(failure)) return 'soon';
  return PASSING_STATUS.has(code) ? 'soon' : undefined;
}

/** Whether an answer may have been lost, so that what was asked for may have been done. */
export function isLost({ code, message }: BigQueryFailure): boolean {
  if (typeof code === 'string') return LOST.has(code);
  return code === undefined && LOST_TEXT.test(message);
}

/** Whether the commit found another state than the one that the load began with. */
export function isStateConflict(failure: BigQueryFailure): boolean {
  return failure.job !== undefined && textOf(failure).includes(STATE_CONFLICT);
}

/** Whether the commit found another line of the ledger than the one that a document was made against. */
export function isLineConflict(failure: BigQueryFailure): boolean {
  return failure.job !== undefined && textOf(failure).includes(LINE_CONFLICT);
}

/** Whether it answers that there is no such thing. */
export function isNotFound({ code, job }: BigQueryFailure): boolean {
  return code === 404 && job === undefined;
}

/** Whether it answers that it is already there. */
export function isDuplicate({ code, job }: BigQueryFailure): boolean {
  return code === 409 && job === undefined;
}

const NOT_PASSING: ReadonlySet<string> = new Set([
  'invalidQuery',
  'invalid',
  'notFound',
  'duplicate',
  'responseTooLarge',
  'stopped',
  'billingNotEnabled',
  'bytesBilledLimitExceeded',
  'quotaExceeded',
]);

/** The SinkError for what the client or a job says. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, origin: Origin): SinkError {
  if (error instanceof SinkError) return error;
  const failure = failureOf(error);
  const known =
    noCredentials(failure, origin) ??
    billing(failure, origin) ??
    tooExpensive(failure) ??
    quota(failure, origin) ??
    denied(failure, origin) ??
    missing(failure, origin) ??
    passing(failure, origin);
  if (known !== undefined) {
    return new SinkError(known.code, known.message, { ...known.options, cause: failure });
  }
  // Only the reason: the text may quote what is in a row.
  const reason = failure.failures.find((one) => one.reason !== undefined)?.reason ?? failure.code;
  return new SinkError(
    'SINK_FAILED',
    `BigQuery refused with ${reason ?? 'an error'} in ${shown(origin)}${failure.job === undefined ? '' : `, job ${failure.job}`}.`,
    { cause: failure },
  );
}

interface Known {
  readonly code: SinkError['code'];
  readonly message: string;
  readonly options?: SinkErrorOptions;
}

const NO_CREDENTIALS =
  /could not load the default credentials|invalid_grant|invalid_client|invalid_rapt|unable to impersonate|no such file .*|ENOENT|error:1E08010C|DECODER routines/i;

function noCredentials(failure: BigQueryFailure, { project }: Origin): Known | undefined {
  const text = textOf(failure);
  if (/unable to impersonate|iam\.serviceAccounts\.getAccessToken/i.test(text)) {
    return {
      code: 'SINK_PERMISSION',
      message:
        'The service account cannot be acted as. Grant the caller roles/iam.serviceAccountTokenCreator on the account that "impersonateServiceAccount" names, and enable the IAM Service Account Credentials API.',
    };
  }
  if (failure.code !== 401 && failure.code !== 'ENOENT' && !NO_CREDENTIALS.test(text)) {
    return undefined;
  }
  return {
    code: 'SINK_PERMISSION',
    message: `There are no valid credentials for project ${project}. Give "keyFile", or run "gcloud auth application-default login".`,
  };
}

function billing(failure: BigQueryFailure, { project }: Origin): Known | undefined {
  if (
    !has(failure, new Set(['billingNotEnabled'])) &&
    !/billing (?:has not been|is not|must be) enabled|sandbox/i.test(textOf(failure))
  ) {
    return undefined;
  }
  return {
    code: 'SINK_FAILED',
    message: `Project ${project} has no billing account, and without one BigQuery (the sandbox) runs no statements that change rows. Enable billing: https://cloud.google.com/billing/docs/how-to/modify-project`,
  };
}

function tooExpensive(failure: BigQueryFailure): Known | undefined {
  if (!has(failure, new Set(['bytesBilledLimitExceeded']))) return undefined;
  return {
    code: 'SINK_FAILED',
    message:
      'A query would bill more than "maximumBytesBilled" allows. Nothing was written. Raise it, or see the README on cost.',
  };
}

function quota(failure: BigQueryFailure, origin: Origin): Known | undefined {
  if (!has(failure, new Set(['quotaExceeded']))) return undefined;
  return {
    code: 'SINK_UNAVAILABLE',
    message: `A quota of BigQuery is used up in ${shown(origin)}. Most quotas are daily and come back. Larger batches ("batch" of the sync) use less.`,
    options: { retryable: true },
  };
}

const PERMISSION = /\bbigquery\.(?:jobs|datasets|tables|readsessions|routines)\.[A-Za-z]+/;

function isDenied(failure: BigQueryFailure): boolean {
  return (
    has(failure, new Set(['accessDenied', 'accessNotConfigured', 'forbidden'])) ||
    (failure.code === 403 && !has(failure, RATE) && !has(failure, new Set(['quotaExceeded']))) ||
    /^access denied/i.test(textOf(failure))
  );
}

function denied(failure: BigQueryFailure, origin: Origin): Known | undefined {
  if (!isDenied(failure)) return undefined;
  return {
    code: 'SINK_PERMISSION',
    message: `A right is missing in ${shown(origin)}. ${grant(failure, origin)} The README lists all that are needed.`,
  };
}

/** The role that gives the right which was missing: https://cloud.google.com/bigquery/docs/access-control */
function grant(failure: BigQueryFailure, { project, dataset }: Origin): string {
  const text = textOf(failure);
  if (
    has(failure, new Set(['accessNotConfigured'])) ||
    /has not been used in project/i.test(text)
  ) {
    return `Enable the API: gcloud services enable bigquery.googleapis.com --project ${project}.`;
  }
  const permission = PERMISSION.exec(text)?.[0] ?? '';
  if (permission.startsWith('bigquery.jobs.')) {
    return `Grant roles/bigquery.jobUser on project ${project} (${permission}).`;
  }
  if (permission === 'bigquery.datasets.create') {
    return `Create dataset ${dataset} yourself, or grant roles/bigquery.user on project ${project} (${permission}).`;
  }
  const named = permission === '' ? '' : ` (${permission})`;
  return `Grant roles/bigquery.dataEditor on dataset ${dataset}${named}, and roles/bigquery.jobUser on project ${project}.`;
}

function missing(failure: BigQueryFailure, origin: Origin): Known | undefined {
  if (failure.code !== 404 && !has(failure, new Set(['notFound']))) return undefined;
  return {
    code: 'SINK_FAILED',
    message: `Something that was there is gone, or project, dataset and location do not belong together in ${shown(origin)}. Check "project", "dataset" and "location".`,
  };
}

function passing(failure: BigQueryFailure, origin: Origin): Known | undefined {
  if (passes(failure) === undefined) return undefined;
  return {
    code: 'SINK_UNAVAILABLE',
    message: `BigQuery cannot be reached, is overloaded or broke off in ${shown(origin)}.`,
    options: { retryable: true },
  };
}

function has({ failures }: BigQueryFailure, reasons: ReadonlySet<string>): boolean {
  return failures.some(({ reason }) => reason !== undefined && reasons.has(reason));
}

function textOf({ message, failures }: BigQueryFailure): string {
  return [message, ...failures.map((failure) => failure.message ?? '')].join('\n');
}

function shown({ project, dataset }: Origin): string {
  return `${project}.${dataset}`;
}
