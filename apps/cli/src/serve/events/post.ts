import type { IncomingMessage } from 'node:http';
import type { Nudger } from './nudger.ts';

/** EventBridge sends no event above 1 MB. What is posted may be that and what wraps it. */
const MOST_BYTES = 1024 * 1024 + 65_536;

/** What is answered to an event that was posted. */
export interface PostAnswer {
  readonly status: 202 | 400 | 413;
  readonly body: object;
}

/** Takes the event that a request holds. What cannot be read is told, so that whoever sends it learns of it; it is not to be sent again. */
export async function takePosted(
  request: IncomingMessage,
  nudger: Pick<Nudger, 'take'>,
): Promise<PostAnswer> {
  const text = await bodyOf(request);
  if (text === undefined)
    return {
      status: 413,
      body: { error: 'An event has 1 MB at most, and 64 KB for what wraps it.' },
    };
  const taken = nudger.take(text, 'http');
  if (taken === 'malformed')
    return { status: 400, body: { error: 'This is neither a JSON object nor a list.' } };
  return { status: 202, body: { result: 'accepted', as: taken } };
}

/** `undefined` for one that is too large; its rest is not kept. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= MOST_BYTES) parts.push(part);
    else return undefined;
  }
  return Buffer.concat(parts).toString('utf8');
}
