import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiError, Cell, Parameter, ResultSet } from './types.ts';

/** How long the emulator may take to start, in milliseconds. */
const START_MS = 30_000;

/** It remembers every statement, and takes longer for each one the more it remembers: beyond so many they are forgotten. */
const JOBS = 80;

/** Of a text with letters that are not ASCII its SUBSTR to the end loses as many bytes as they have more than one. */
const CUT = /SUBSTR\(NULLIF\((v\[OFFSET\(\d+\)\]), ''\), 2\)/g;
const WHOLE = "REGEXP_EXTRACT($1, r'(?s)^=(.*)$$')";

/** An answer of the emulator's REST interface. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One process of the emulator, asked statement by statement. */
export class Engine implements AsyncDisposable {
  readonly project: string;
  readonly #process: ChildProcess;
  readonly #address: string;
  #jobs = 0;

  private constructor(project: string, process: ChildProcess, address: string) {
    this.project = project;
    this.#process = process;
    this.#address = address;
  }

  /** Starts the emulator on free ports of this computer. */
  static async start(binary: string, project: string): Promise<Engine> {
    const [port, grpcPort] = [await freePort(), await freePort()];
    const given = ['--host=127.0.0.1', `--port=${port}`, `--grpc-port=${grpcPort}`];
    const child = spawn(binary, [`--project=${project}`, ...given], { stdio: 'ignore' });
    // Whoever is killed takes it along.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const engine = new Engine(project, child, `http://127.0.0.1:${port}`);
    await engine.#ready();
    return engine;
  }

  async #ready(): Promise<void> {
    for (const until = Date.now() + START_MS; ; ) {
      const answer = await this.rest('GET', '/datasets').catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > until || this.#process.exitCode !== null) {
        throw new Error('The BigQuery emulator does not start.');
      }
      await sleep(20);
    }
  }

  /** How many statements it has run. */
  get jobs(): number {
    return this.#jobs;
  }

  /** Passes on a request below the project. */
  async rest(method: string, path: string, body?: unknown): Promise<RestAnswer> {
    const url = `${this.#address}/bigquery/v2/projects/${this.project}${path}`;
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
  }

  /** Runs one statement. Rejects with an {@link ApiError} as a job would fail with. */
  async statement(query: string, queryParameters: readonly Parameter[] = []): Promise<ResultSet> {
    const { status, body } = await this.rest('POST', '/queries', {
      query: query.replaceAll(CUT, WHOLE),
      useLegacySql: false,
      parameterMode: 'NAMED',
      // It wants no parameter that the statement does not name; BigQuery wants none that the script does not.
      queryParameters: queryParameters.filter(({ name }) => new RegExp(`@${name}\\b`).test(query)),
    });
    const answer = body as {
      readonly jobReference?: { readonly jobId?: string };
      readonly error?: { readonly message?: string };
      readonly schema?: unknown;
      readonly rows?: readonly { readonly f: readonly Cell[] }[];
    };
    this.#jobs += 1;
    const id = answer.jobReference?.jobId;
    if (this.#jobs > JOBS && id !== undefined) await this.rest('DELETE', `/jobs/${id}/delete`);
    if (status === 200) return { schema: answer.schema, rows: answer.rows ?? [] };
    const error: ApiError = {
      reason: 'invalidQuery',
      message: answer.error?.message ?? `status ${status}`,
    };
    throw error;
  }

  /** Runs a load job with its data. */
  async load(configuration: unknown, data: Buffer): Promise<void> {
    const boundary = 'one-part-of-two';
    const job = { jobReference: { projectId: this.project, jobId: crypto.randomUUID() } };
    const head =
      `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ ...job, configuration })}\r\n` +
      `--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`;
    const answer = await fetch(
      `${this.#address}/upload/bigquery/v2/projects/${this.project}/jobs?uploadType=multipart`,
      {
        method: 'POST',
        headers: { 'content-type': `multipart/related; boundary=${boundary}` },
        body: Buffer.concat([Buffer.from(head), data, Buffer.from(`\r\n--${boundary}--`)]),
      },
    );
    const text = await answer.text();
    const error: ApiError = { reason: 'invalid', message: text };
    if (answer.status !== 200 || text.includes('"errorResult"')) throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
