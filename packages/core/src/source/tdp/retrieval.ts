import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit } from '../../file.ts';
import type { TdpApi } from './api.ts';
import type { TdpClientOptions } from './client-options.ts';
import { isFinal, isWebPage, redirectOf, retrieveError, storageError } from './download.ts';
import { presignedIn, StorageRule } from './presigned.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

const MAX_REDIRECTS = 3;

type Bounds = Pick<HttpRequest, 'maxBytes' | 'hold'>;

/** The way to the content of a file: what TDP answers, and where that leads. */
export class Retrieval {
  readonly isPresigned: boolean;
  readonly #api: TdpApi;
  readonly #storage: StorageRule;

  constructor(api: TdpApi, { url, download, storageHosts }: TdpClientOptions) {
    this.isPresigned = (download ?? 'presigned') === 'presigned';
    this.#api = api;
    this.#storage = new StorageRule(url, storageHosts ?? []);
  }

  /** The content of a file, unpacked. */
  async contentOf(file: FileHit, bounds: Bounds, signal?: AbortSignal): Promise<Buffer> {
    const response = await this.#response(file, bounds, signal);
    if (response.status !== 200) throw retrieveError(response, file);
    if (isWebPage(response))
      throw new SyncError(
        'SOURCE_PROTOCOL',
        `A web page came instead of ${describeFile(file)}; a proxy or gateway may be answering.`,
        { retryable: true },
      );
    return response.body;
  }

  async #response(file: FileHit, bounds: Bounds, signal?: AbortSignal): Promise<HttpResponse> {
    const ask = (more: string): Promise<HttpResponse> => {
      const query = `fileId=${encodeURIComponent(file.fileId)}${more}`;
      return this.#api.request('GET', `datalake/retrieve?${query}`, bounds, signal);
    };
    const follow = (answer: HttpResponse, url: string | undefined): Promise<HttpResponse> =>
      this.#follow(answer, url ?? redirectOf(answer, this.#api.base), bounds, signal);
    const answer = await ask(this.isPresigned ? '&getPresigned=true' : '');
    const presigned = this.isPresigned ? presignedIn(answer) : undefined;
    if (presigned?.kind === 'signed') return follow(answer, presigned.url);
    // What comes then is the file, whatever is in it.
    return follow(presigned === undefined ? answer : await ask(''), undefined);
  }

  /** Follows an address and its redirects to the content, without TDP's headers. Without an address the answer is returned as it is. */
  async #follow(
    answer: HttpResponse,
    url: string | undefined,
    bounds: Bounds,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    let response = answer;
    let next = url;
    for (let hop = 0; next !== undefined; hop += 1) {
      if (hop > MAX_REDIRECTS)
        throw new SyncError('SOURCE_PROTOCOL', 'The storage redirects in a circle.', {
          retryable: true,
        });
      const from = next;
      this.#storage.check(from);
      const request: HttpRequest = {
        method: 'GET',
        url: from,
        headers: { 'accept-encoding': 'gzip' },
        ...bounds,
      };
      response = await this.#api.exchange(request, 'The download from storage', signal);
      next = redirectOf(response, from);
      if (next === undefined && !isFinal(response)) throw storageError(response);
    }
    return response;
  }
}
