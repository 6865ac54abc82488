import { type FileHit, TdpClient, undiciTransport } from '@tdp-sync/core';
import { report } from '../process.ts';

/** The HTTP leg as core does it, with its checks, retries and decompression: the same pages and bodies, thrown away. */
interface Input {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly concurrency: number;
}

const PAGE = 1000;
const { url, token, org, concurrency } = JSON.parse(process.argv[2] ?? '{}') as Input;
await using transport = undiciTransport();
const client = new TdpClient({
  url,
  credentials: async () => ({ token, org }),
  transport: transport.send,
});
const query = { filter: [] };

await report(async () => {
  let files = 0;
  let page = client.page(query, undefined, PAGE);
  while (true) {
    const hits = await page;
    const last = hits.at(-1);
    if (last === undefined) return files;
    page = client.page(query, last.fileId, PAGE);
    await retrieveAll(hits);
    files += hits.length;
  }
});

async function retrieveAll(hits: readonly FileHit[]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let hit = hits[next++]; hit !== undefined; hit = hits[next++]) await client.retrieve(hit);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
