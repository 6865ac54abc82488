import { Agent } from 'undici';
import { report } from '../process.ts';

/** HTTP alone: the same search pages and bodies, fetched as leanly as undici can and thrown away. */
interface Input {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly concurrency: number;
}

const { url, token, org, concurrency } = JSON.parse(process.argv[2] ?? '{}') as Input;
const agent = new Agent({ connections: concurrency + 8, pipelining: 1 });
const headers = { 'ts-auth-token': token, 'x-org-slug': org };

await report(async () => {
  let files = 0;
  let after: string | undefined;
  let page = search(after);
  while (true) {
    const ids = await page;
    if (ids.length === 0) break;
    after = ids.at(-1);
    page = search(after);
    await fetchAll(ids);
    files += ids.length;
  }
  return files;
});
await agent.destroy();

async function fetchAll(ids: readonly string[]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      const presigned = await exchange(
        'GET',
        new URL(`${url}/v1/datalake/retrieve?fileId=${id}&getPresigned=true`),
        headers,
      );
      await exchange('GET', new URL(JSON.parse(presigned.toString()).url), {});
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function search(after: string | undefined): Promise<readonly string[]> {
  const body = JSON.stringify({
    size: 1000,
    query: { bool: { filter: [] } },
    _source: ['fileId', 'file.path', 'file.bucket', 'createdAt', 'indexedAt', 'labels'],
    sort: [{ fileId: 'asc' }],
    ...(after === undefined ? {} : { search_after: [after] }),
  });
  const answer = await exchange(
    'POST',
    new URL(`${url}/v1/datalake/searchEql`),
    { ...headers, 'content-type': 'application/json' },
    body,
  );
  const { hits } = JSON.parse(answer.toString()) as {
    hits: { hits: { _source: { fileId: string } }[] };
  };
  return hits.hits.map(({ _source }) => _source.fileId);
}

function exchange(
  method: 'GET' | 'POST',
  target: URL,
  sent: Record<string, string>,
  body: string | null = null,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    agent.dispatch(
      { origin: target.origin, path: target.pathname + target.search, method, headers: sent, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () =>
          resolve(
            chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
          ),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
