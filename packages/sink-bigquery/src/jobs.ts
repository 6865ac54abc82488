import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import {
  type ApiFailure,
  BigQueryFailure,
  failureOf,
  isDuplicate,
  isNotFound,
  passes,
} from './errors.ts';
import { retried } from './retry.ts';

/** What all jobs of a sink have in common. */
export interface JobSettings {
  readonly project: string;
  /** Where the dataset is. A job elsewhere does not see it, and is not found again. */
  readonly location: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In bytes, per query. */
  readonly maximumBytesBilled?: number | undefined;
}

/** Values for `@name` in a statement. An array is one of texts. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** A row of a result: every column selected as text. */
export type ResultRow = readonly (string | null)[];

interface Job {
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: ApiFailure;
    readonly errors?: readonly ApiFailure[];
  };
}

interface Answer {
  readonly jobComplete?: boolean;
  readonly jobReference?: { readonly jobId?: string };
  readonly pageToken?: string;
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
}

/** How long the server may hold back an answer while a query runs, in milliseconds. */
const WAIT_MS = 10_000;
/** Pauses between two questions how a load job stands, in milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Most rows in one answer. The server also ends a page at about 10 MB. */
const PAGE_ROWS = 10_000;

/** Starts jobs and waits for them. */
export class Jobs {
  readonly #api: Api;
  readonly #settings: JobSettings;

  constructor(api: Api, settings: JobSettings) {
    this.#api = api;
    this.#settings = settings;
  }

  /** Reads: a query whose repetition does no harm. Gives the result page by page. */
  async *read(query: string, parameters: Parameters = {}): AsyncGenerator<readonly ResultRow[]> {
    const body = {
      ...this.#query(query, parameters),
      location: this.#settings.location,
      labels: this.#settings.labels,
      timeoutMs: WAIT_MS,
      maxResults: PAGE_ROWS,
    };
    let answer = await this.#api.sendAgain<Answer>({ method: 'POST', path: '/queries', body });
    const jobId = answer.jobReference?.jobId ?? '';
    while (answer.jobComplete === false) answer = await this.#results(jobId);
    yield rowsOf(answer);
    while (answer.pageToken !== undefined && answer.pageToken !== '') {
      answer = await this.#results(jobId, answer.pageToken);
      yield rowsOf(answer);
    }
  }

  /**
   * Runs a statement or script as a job of a given id, and gives the rows of its last SELECT. However often it is
   * sent, it runs once: a second job of the same id is refused, and then the first is waited for. One that failed
   * but may pass runs again under the next number.
   */
  async run(id: string, query: string, parameters: Parameters = {}): Promise<readonly ResultRow[]> {
    const configuration = { query: this.#query(query, parameters), labels: this.#settings.labels };
    return retried(async (attempt) => {
      const jobId = `${id}_${attempt}`;
      const body = { jobReference: this.#reference(jobId), configuration };
      await this.#start(jobId, () => this.#api.send({ method: 'POST', path: '/jobs', body }));
      return rowsOf(await this.#finished(jobId));
    }, isOfJob);
  }

  /** Loads lines of JSON into a table, under a job of a given id, as {@link run} does. */
  async load(id: string, load: Readonly<Record<string, unknown>>, data: Buffer): Promise<void> {
    await retried(async (attempt) => {
      const jobId = `${id}_${attempt}`;
      const configuration = { load, labels: this.#settings.labels };
      const job = { jobReference: this.#reference(jobId), configuration };
      await this.#start(jobId, () => this.#api.upload(job, data));
      for (let pause = FIRST_PAUSE_MS; !(await this.#isDone(jobId)); pause *= 2) {
        await sleep(Math.min(pause, LONGEST_PAUSE_MS));
      }
    }, isOfJob);
  }

  /** Sends a job until it is known to be there: an answer that was lost says nothing about the job. */
  async #start(jobId: string, send: () => Promise<unknown>): Promise<void> {
    await retried(async () => {
      try {
        await send();
      } catch (error) {
        // There already: the answer to an earlier try was lost.
        if (!isDuplicate(failureOf(error))) throw error;
      }
    }).catch(async (error: unknown) => {
      // Also a request whose answer never came may have been heard.
      if (passes(failureOf(error)) === undefined || !(await this.#exists(jobId))) throw error;
    });
  }

  async #exists(jobId: string): Promise<boolean> {
    try {
      await this.#api.send(this.#get(jobId));
      return true;
    } catch (error) {
      if (isNotFound(failureOf(error))) return false;
      throw error;
    }
  }

  /** Waits for a query; throws what it failed with. */
  async #finished(jobId: string): Promise<Answer> {
    for (;;) {
      try {
        const answer = await this.#results(jobId);
        if (answer.jobComplete !== false) return answer;
      } catch (error) {
        // Was it the job that failed, or the question?
        if (await this.#isDone(jobId)) throw error;
      }
    }
  }

  #results(jobId: string, pageToken?: string): Promise<Answer> {
    const { location } = this.#settings;
    const token = pageToken === undefined ? {} : { pageToken };
    const parameters = { location, timeoutMs: WAIT_MS, maxResults: PAGE_ROWS, ...token };
    return this.#api.sendAgain<Answer>({ path: `/queries/${jobId}`, parameters });
  }

  /** Whether a job is done; throws what it failed with. */
  async #isDone(jobId: string): Promise<boolean> {
    const { status } = await this.#api.sendAgain<Job>(this.#get(jobId));
    if (status?.state !== 'DONE') return false;
    const { errorResult, errors = [] } = status;
    if (errorResult === undefined) return true;
    throw new BigQueryFailure(errorResult.message ?? 'The job failed.', {
      failures: [errorResult, ...errors],
      job: jobId,
    });
  }

  #get(jobId: string): { readonly path: string; readonly parameters: { location: string } } {
    return { path: `/jobs/${jobId}`, parameters: { location: this.#settings.location } };
  }

  #reference(jobId: string): Readonly<Record<string, string>> {
    const { project: projectId, location } = this.#settings;
    return { projectId, jobId, location };
  }

  #query(query: string, parameters: Parameters): Readonly<Record<string, unknown>> {
    const { maximumBytesBilled } = this.#settings;
    return {
      query,
      useLegacySql: false,
      ...(maximumBytesBilled === undefined
        ? {}
        : { maximumBytesBilled: String(maximumBytesBilled) }),
      parameterMode: 'NAMED',
      queryParameters: Object.entries(parameters).map(([name, value]) => parameter(name, value)),
    };
  }
}

/** Only a job that is known to have failed may run again: of any other it is not known what it did, or will do. */
function isOfJob({ job }: BigQueryFailure): boolean {
  return job !== undefined;
}

function parameter(name: string, value: string | readonly string[]): unknown {
  if (typeof value === 'string') {
    return { name, parameterType: { type: 'STRING' }, parameterValue: { value } };
  }
  return {
    name,
    parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } },
    parameterValue: { arrayValues: value.map((element) => ({ value: element })) },
  };
}

function rowsOf({ rows = [] }: Answer): readonly ResultRow[] {
  return rows.map(({ f }) => f.map(({ v }) => (v === null || v === undefined ? null : String(v))));
}
