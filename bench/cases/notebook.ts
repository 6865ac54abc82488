import { report } from '../process.ts';

/** What is written when a notebook is turned into a script: search, then fetch the files so many at once, parse and keep none. */
interface Input {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly files: number;
  /** 1: one after the other, as in TDP's notebooks. */
  readonly concurrency: number;
}

const { url, token, org, files, concurrency } = JSON.parse(process.argv[2] ?? '{}') as Input;
const headers = { 'ts-auth-token': token, 'x-org-slug': org };

await report(async () => {
  const ids = await search();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      const answer = await fetch(`${url}/v1/datalake/retrieve?fileId=${id}`, { headers });
      await answer.json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return ids.length;
});

async function search(): Promise<readonly string[]> {
  const answer = await fetch(`${url}/v1/datalake/searchEql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      size: files,
      query: { bool: { filter: [{ term: { category: 'IDS' } }] } },
      _source: ['fileId'],
      sort: [{ fileId: 'asc' }],
    }),
  });
  const { hits } = (await answer.json()) as { hits: { hits: { _source: { fileId: string } }[] } };
  return hits.hits.map(({ _source }) => _source.fileId);
}
