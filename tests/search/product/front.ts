import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RunningEmulator } from '@tdp-sync/emulator';
import { ORG } from '../ask.ts';
import type { SearchNode } from '../node/node.ts';

/** TDP's paths: searches go to the node, all else to the emulator that holds the files. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** How many searches there were, and which the node refused. */
  readonly searches: { count: number; readonly refused: string[] };
}

/** Serves TDP's paths on this machine only. */
export async function startFront(node: SearchNode, tdp: RunningEmulator): Promise<Front> {
  const searches: Front['searches'] = { count: 0, refused: [] };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const search = async (body: Buffer, response: ServerResponse): Promise<void> => {
    searches.count++;
    const { status, text } = await node.send('POST', `/${ORG}_*/_search`, body.toString());
    if (status !== 200) searches.refused.push(`${body.toString()} ${text}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = 'GET', url = '/' } = request;
    if (url.includes('/datalake/searchEql')) return await search(body, response);
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const given = { method, url, headers: Object.fromEntries(headers), body };
    const { status, headers: told, body: content } = tdp.handle(given);
    response.writeHead(status, told).end(content);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    searches,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
