import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Database, type StatementHook } from './database.ts';
import { Engine } from './engine.ts';
import { type ApiError, NOTHING, type Parameter, type ResultSet } from './types.ts';

/**
 * BigQuery as far as the sink needs it: the emulator, and in front of it what the emulator does not do. That is, in
 * v0.8.1:
 *
 * - transactions: it takes BEGIN, COMMIT and ROLLBACK and undoes nothing (its feature table says the same); errors
 *   inside of a script are lost, and so are IF, RAISE and variables. Here a script is run statement by statement, one
 *   after the other, and what a failing one has changed is put back. Two transactions at once are in conflict, and
 *   the later one is aborted, as BigQuery documents it;
 * - jobs: a second one of the same id answers 500 or 400 where BigQuery answers 409, a failed one is not remembered
 *   as failed, results have no pages, gzip is not unpacked;
 * - temporary tables are gone after their statement, and ADD COLUMN does nothing: see `database.ts`;
 * - deleting a dataset takes it up to half a minute, a table a tenth of a second, and all it does slows down with the
 *   number of tables: what is deleted is only hidden, and after some tables a new process takes over when no dataset is left.
 *
 * Everything else, above all every single statement, is the emulator's: analysed by GoogleSQL's own analyser.
 */
export class Front implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #binary: string;
  readonly #project: string;
  readonly #jobs = new Map<string, Job>();
  readonly #datasets = new Set<string>();
  /** Tables that were deleted, by their path. */
  readonly #hidden = new Set<string>();
  readonly #keepsCopies: boolean;
  #engine: Engine;
  #database: Database;
  #created = 0;
  /** One statement or script at a time: nobody sees what a transaction has not committed. */
  #last: Promise<unknown> = Promise.resolve();
  #transactions = 0;
  /** Called for every request; what it returns happens instead of, or after, what was asked for. */
  onRequest: (request: ApiRequest) => Fault | undefined = () => undefined;
  /** Called before every statement that reaches the emulator. */
  onStatement: StatementHook = () => undefined;
  /** Called when a job would run; what it returns becomes its error. `after`: it has run by then. */
  onJob: (id: string, when: 'before' | 'after') => ApiError | undefined = () => undefined;
  /** Most rows of one page of a result. */
  pageRows = Number.POSITIVE_INFINITY;

  private constructor({ binary, project = 'test', keepsCopies }: FrontOptions, engine: Engine) {
    this.#binary = binary;
    this.#project = project;
    this.#keepsCopies = keepsCopies;
    this.#engine = engine;
    this.#database = this.#newDatabase();
  }

  /** Starts an emulator and the server in front of it. */
  static async start(options: FrontOptions): Promise<Front> {
    const { binary, project = 'test' } = options;
    const front = new Front(options, await Engine.start(binary, project));
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  /** What the sink is to be given as `apiEndpoint`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get project(): string {
    return this.#project;
  }

  /** The ids of all jobs that were started, in order. */
  get jobIds(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** Resolves when no job is running. */
  async idle(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(({ done }) => done));
    await this.#last;
  }

  /** Back to no faults. */
  mend(): void {
    this.onRequest = () => undefined;
    this.onStatement = () => undefined;
    this.onJob = () => undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#last;
    await this.#engine[Symbol.asyncDispose]();
  }

  #newDatabase(): Database {
    return new Database(
      this.#engine,
      (statement) => this.onStatement(statement),
      this.#keepsCopies,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client went away in the midst of its request.
      return;
    }
    const url = new URL(request.url ?? '/', this.url);
    const asked = apiRequest(request.method ?? 'GET', url, Buffer.concat(chunks));
    const fault = this.onRequest(asked);
    if (fault === 'cut before') return void response.destroy();
    const answer =
      typeof fault === 'object'
        ? failure(fault.status, fault)
        : await this.#answer(asked).catch((error: unknown) =>
            failure(
              400,
              isApiError(error) ? error : { reason: 'internal', message: String(error) },
            ),
          );
    if (fault === 'cut after') return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  }

  async #answer(asked: ApiRequest): Promise<Answer> {
    const { method, path, parameters } = asked;
    const [kind, id] = path.slice(1).split('/');
    if (method === 'POST' && kind === 'jobs') return this.#startJob(asked);
    if (method === 'POST' && kind === 'queries') return this.#query(asked);
    if (kind === 'jobs') return this.#jobState(id ?? '');
    if (kind === 'queries') return this.#results(id ?? '', parameters);
    return this.#tables(asked);
  }

  async #startJob({ body, media }: ApiRequest): Promise<Answer> {
    const { jobReference, configuration } = body as JobRequest;
    const id = jobReference?.jobId ?? crypto.randomUUID();
    if (this.#jobs.has(id)) {
      return failure(409, { reason: 'duplicate', message: `Already Exists: Job ${id}` });
    }
    const { query, load } = configuration;
    const job = this.#run(id, async () => {
      if (query !== undefined) return this.#script(query);
      await this.#inTurn(() =>
        this.#engine.load({ load }, media.subarray(0, 2).equals(GZIP) ? gunzipSync(media) : media),
      );
      return NOTHING;
    });
    this.#jobs.set(id, job);
    return { status: 200, body: { jobReference, configuration, status: { state: 'RUNNING' } } };
  }

  #run(id: string, task: () => Promise<ResultSet>): Job {
    const job: Job = { state: 'RUNNING', error: undefined, result: NOTHING, done: undefined };
    const run = async () => {
      try {
        this.#throw(this.onJob(id, 'before'));
        job.result = await task();
        this.#throw(this.onJob(id, 'after'));
      } catch (error) {
        job.error = isApiError(error)
          ? error
          : { reason: 'internalError', message: `the front failed: ${error}` };
      }
      job.state = 'DONE';
    };
    job.done = run();
    return job;
  }

  #throw(error: ApiError | undefined): void {
    if (error !== undefined) throw error;
  }

  async #script({ query, queryParameters = [] }: QueryRequest): Promise<ResultSet> {
    const run = () => this.#inTurn(() => this.#database.run(query, queryParameters));
    if (!query.includes('BEGIN TRANSACTION')) return run();
    if (this.#transactions > 0) {
      const table = `${this.#project}:dataset._tdp_sync_state`;
      const error: ApiError = {
        reason: 'invalidQuery',
        message: `Transaction is aborted due to concurrent update against table ${table}. Transaction ID: 1`,
      };
      throw error;
    }
    this.#transactions += 1;
    try {
      return await run();
    } finally {
      this.#transactions -= 1;
    }
  }

  async #query({ body }: ApiRequest): Promise<Answer> {
    const request = body as QueryRequest & { readonly maxResults?: number };
    const id = crypto.randomUUID();
    const job = this.#run(id, () => this.#script(request));
    this.#jobs.set(id, job);
    return this.#results(id, new URLSearchParams({ maxResults: String(request.maxResults ?? '') }));
  }

  #jobState(id: string): Answer {
    const job = this.#jobs.get(id);
    if (job === undefined) return notFound(`Job ${id}`);
    const { state, error } = job;
    const status = error === undefined ? { state } : { state, errorResult: error, errors: [error] };
    return { status: 200, body: { jobReference: { jobId: id }, status } };
  }

  async #results(id: string, parameters: URLSearchParams): Promise<Answer> {
    const job = this.#jobs.get(id);
    if (job === undefined) return notFound(`Job ${id}`);
    await job.done;
    const { error, result } = job;
    if (error !== undefined) return failure(400, error);
    const at = Number(parameters.get('pageToken') ?? 0);
    const asked = Number(parameters.get('maxResults')) || Number.POSITIVE_INFINITY;
    const to = at + Math.min(asked, this.pageRows);
    const rows = result.rows.slice(at, to);
    const more = to < result.rows.length ? { pageToken: String(to) } : {};
    const jobReference = { projectId: this.#project, jobId: id };
    const { schema } = result;
    return { status: 200, body: { jobComplete: true, jobReference, schema, rows, ...more } };
  }

  async #tables({ method, path, parameters, body }: ApiRequest): Promise<Answer> {
    const dataset = /^\/datasets\/([^/]+)$/.exec(path)?.[1];
    if (method === 'DELETE' && dataset !== undefined) return this.#deleteDataset(dataset);
    if (this.#hidden.has(path)) return notFound(`Table ${path}`);
    if (method === 'DELETE') {
      this.#hidden.add(path);
      return { status: 204, body: {} };
    }
    if (method === 'POST' && path.endsWith('/tables'))
      await this.#makeWay(path, body as TableEntry);
    const query = parameters.size > 0 ? `?${parameters}` : '';
    const given = method === 'GET' ? undefined : body;
    const answer = await this.#inTurn(() =>
      this.#engine.rest(method, `${encodeURI(path)}${query}`, given),
    );
    if (path.endsWith('/tables')) {
      if (method === 'POST') this.#created += 1;
      return method === 'GET' ? this.#withoutHidden(path, answer) : answer;
    }
    if (method === 'POST' && path === '/datasets') {
      // It answers 500 where BigQuery answers 409.
      if (answer.status === 500)
        return failure(409, { reason: 'duplicate', message: 'Already Exists' });
      this.#datasets.add((body as DatasetRequest).datasetReference.datasetId);
    }
    return answer;
  }

  /** A table of that name that was hidden goes for good before another one comes. */
  async #makeWay(path: string, { tableReference }: TableEntry): Promise<void> {
    const hidden = `${path}/${tableReference.tableId}`;
    if (!this.#hidden.delete(hidden)) return;
    await this.#inTurn(() => this.#engine.rest('DELETE', encodeURI(hidden)));
  }

  #withoutHidden(path: string, { status, body }: Answer): Answer {
    const { tables = [] } = body as TableList;
    const isThere = ({ tableReference }: TableEntry) =>
      !this.#hidden.has(`${path}/${tableReference.tableId}`);
    return { status, body: { tables: tables.filter(isThere) } };
  }

  async #deleteDataset(dataset: string): Promise<Answer> {
    this.#datasets.delete(dataset);
    const isWorn = this.#created + this.#database.tables > TABLES || this.#engine.jobs > STATEMENTS;
    if (this.#datasets.size === 0 && isWorn) {
      await this.#inTurn(async () => {
        await this.#engine[Symbol.asyncDispose]();
        this.#engine = await Engine.start(this.#binary, this.#project);
        this.#database = this.#newDatabase();
        this.#created = 0;
      });
    }
    return { status: 200, body: {} };
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** How to start a {@link Front}. */
export interface FrontOptions {
  /** The path of the emulator. */
  readonly binary: string;
  /** Default `test`. */
  readonly project?: string;
  /** Whether a transaction that fails in its midst can be undone. */
  readonly keepsCopies: boolean;
}

/** After how many tables or statements a new process takes over. */
const TABLES = 40;
const STATEMENTS = 60;

/** A request to the REST interface. */
export interface ApiRequest {
  readonly method: string;
  /** Below the project. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly body: unknown;
  /** The data of a load job. */
  readonly media: Buffer;
  /** How many bytes the body had. */
  readonly bytes: number;
}

/** What is to go wrong with a request: the connection breaks before or after it was obeyed, or it is refused. */
export type Fault = 'cut before' | 'cut after' | ({ readonly status: number } & ApiError);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Job {
  state: 'RUNNING' | 'DONE';
  error: ApiError | undefined;
  result: ResultSet;
  done: Promise<void> | undefined;
}

interface QueryRequest {
  readonly query: string;
  readonly queryParameters?: readonly Parameter[];
}

interface JobRequest {
  readonly jobReference?: { readonly jobId?: string };
  readonly configuration: { readonly query?: QueryRequest; readonly load?: unknown };
}

interface TableEntry {
  readonly tableReference: { readonly tableId: string };
}

interface TableList {
  readonly tables?: readonly TableEntry[];
}

interface DatasetRequest {
  readonly datasetReference: { readonly datasetId: string };
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const PREFIX = /^(?:\/upload)?\/bigquery\/v2\/projects\/[^/]+/;

function apiRequest(method: string, url: URL, content: Buffer): ApiRequest {
  const common = {
    method,
    path: decodeURIComponent(url.pathname).replace(PREFIX, ''),
    parameters: url.searchParams,
    bytes: content.length,
  };
  if (!url.pathname.startsWith('/upload')) {
    const body = content.length === 0 ? {} : JSON.parse(content.toString());
    return { ...common, body, media: Buffer.alloc(0) };
  }
  const [head, media] = parts(content);
  return { ...common, body: JSON.parse(head.toString()), media };
}

/** The two parts of a multipart body. */
function parts(content: Buffer): readonly [Buffer, Buffer] {
  const boundary = content.subarray(0, content.indexOf('\r\n'));
  const head = content.indexOf('\r\n\r\n') + 4;
  const second = content.indexOf(boundary, head);
  const media = content.indexOf('\r\n\r\n', second) + 4;
  const end = content.lastIndexOf(boundary) - 2;
  return [content.subarray(head, second - 2), content.subarray(media, end)];
}

function failure(code: number, { reason, message }: ApiError): Answer {
  return { status: code, body: { error: { code, message, errors: [{ reason, message }] } } };
}

function notFound(what: string): Answer {
  return failure(404, { reason: 'notFound', message: `Not found: ${what}` });
}

function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'reason' in error && 'message' in error;
}
