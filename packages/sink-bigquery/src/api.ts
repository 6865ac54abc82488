import type { BigQuery } from '@google-cloud/bigquery';
import { failureOf } from './errors.ts';
import { retried } from './retry.ts';

/** One request to the REST API: https://cloud.google.com/bigquery/docs/reference/rest */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below the project, such as `/jobs`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** An object as JSON. */
  readonly body?: unknown;
}

/** How long an answer may take to come, in milliseconds: uploads take longest. */
const TIMEOUT_MS = 600_000;
const JSON_TYPE = 'application/json; charset=UTF-8';

/** The REST API of one project, by the client's connections and credentials. */
export class Api {
  readonly #client: BigQuery;
  readonly #project: string;

  constructor(client: BigQuery, project: string) {
    this.#client = client;
    this.#project = project;
  }

  /** Sends a request once. Rejects with a `BigQueryFailure`. */
  send<T>({ method = 'GET', path, parameters, body }: Call): Promise<T> {
    return this.#request<T>({
      method,
      uri: path,
      ...(parameters === undefined ? {} : { qs: { ...parameters } }),
      // As bytes: in what it sends as JSON the client replaces the text {{projectId}}, wherever it stands.
      ...(body === undefined ? {} : payload(JSON_TYPE, Buffer.from(JSON.stringify(body)))),
    });
  }

  /** Sends a request that may be sent twice, several times if need be. */
  sendAgain<T>(call: Call): Promise<T> {
    return retried(() => this.send<T>(call));
  }

  /** Starts a load job with its data in one request. */
  upload<T>(job: unknown, data: Buffer): Promise<T> {
    const boundary = `tdp_sync_${crypto.randomUUID()}`;
    const part = (type: string): string => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n`;
    // By hand: the client would stream it, and a stream cannot be sent a second time.
    const body = Buffer.concat([
      Buffer.from(
        `${part(JSON_TYPE)}${JSON.stringify(job)}\r\n${part('application/octet-stream')}`,
      ),
      data,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return this.#request<T>({
      method: 'POST',
      uri: `${this.#client.apiEndpoint}/upload/bigquery/v2/projects/${this.#project}/jobs`,
      qs: { uploadType: 'multipart' },
      ...payload(`multipart/related; boundary=${boundary}`, body),
    });
  }

  #request<T>(options: RequestOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(failureOf(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }))),
        TIMEOUT_MS,
      );
      late.unref();
      this.#client.request(options, (error: Error | null, answer?: T) => {
        clearTimeout(late);
        if (error) reject(failureOf(error));
        // Whoever calls knows which answer belongs to the path.
        else resolve(answer as T);
      });
    });
  }
}

type RequestOptions = Parameters<BigQuery['request']>[0];

function payload(
  type: string,
  body: Buffer,
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  return { headers: { 'Content-Type': type }, body };
}
