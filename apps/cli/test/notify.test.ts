import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { serveConfig } from '../src/config/serve-schema.ts';
import { deliver } from '../src/serve/notify/deliver.ts';
import { slackBody, webhookBody } from '../src/serve/notify/message.ts';
import { newsOf, type Told, type Watched } from '../src/serve/notify/news.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-01T08:00:00Z');
const at = (afterMs: number): string => new Date(NOW + afterMs).toISOString();

const WELL: Watched = {
  name: 'lab',
  state: 'up-to-date',
  summary: 'Up to date',
  currentAt: at(0),
  error: null,
  lastVerify: null,
};
const failing = (failures: number): Watched => ({
  ...WELL,
  state: 'failing',
  summary: 'Run failed: TDP is away',
  error: { kind: 'run', at: '', code: 'TDP_UNAVAILABLE', message: 'TDP is away', failures },
});
const verified = (at: string, differences: number, failed = 0): Watched => ({
  ...WELL,
  lastVerify: { at, differences, failed },
});
/** Its last run that caught up began so long ago. */
const behind = (agoMs: number, state: Watched['state'] = 'catching-up'): Watched => ({
  ...WELL,
  ...{ state, currentAt: at(-agoMs) },
});

/** Longer than the bound. */
const lasting = (sync: Watched): readonly Watched[] => Array.from({ length: 6 }, () => sync);

/** What is told as a sync goes through these, a quarter of an hour each. */
function told(...course: readonly Watched[]): readonly string[] {
  let before: Told | undefined;
  return course.flatMap((sync, quarters) => {
    const nowMs = NOW + (quarters * HOUR) / 4;
    const { news, told: now } = newsOf(sync, before, { behindMs: HOUR, nowMs });
    before = now;
    return news.map(({ kind }) => kind);
  });
}

describe('news', () => {
  it.each<readonly [string, readonly Watched[], readonly string[]]>([
    ['nothing of a sync that is well', [WELL, WELL, behind(-HOUR)], []],
    ['nothing of one failed try', [WELL, failing(1), WELL], []],
    ['a failure once, when it lasts', [WELL, failing(1), failing(2), failing(3)], ['failing']],
    ['a failure that is there at the start', [failing(2), failing(3)], ['failing']],
    ['the end of a failure', [failing(2), behind(60_000), WELL], ['failing', 'recovered']],
    ['the next failure', [failing(2), WELL, failing(2)], ['failing', 'recovered', 'failing']],
    [
      'neither its end nor its beginning while it is paused',
      [failing(2), { ...WELL, state: 'paused' }, failing(3), { ...WELL, state: 'paused' }, WELL],
      ['failing', 'recovered'],
    ],
    [
      'one failed try after a failure that lasts changes nothing',
      [failing(2), failing(1), failing(2)],
      ['failing'],
    ],
    ['no progress', [{ ...WELL, state: 'failing' }], ['failing']],
    [
      'to be behind, and to have caught up, once each',
      [WELL, ...lasting(behind(0)), WELL, WELL],
      ['behind', 'caught-up'],
    ],
    ['nothing of a cadence longer than the bound', [behind(9 * HOUR, 'up-to-date')], []],
    [
      'nothing of what is stored from before it was watched',
      [behind(9 * HOUR), behind(9 * HOUR)],
      [],
    ],
    [
      'nothing of what could not be done in a pause',
      [WELL, ...lasting({ ...WELL, state: 'paused' }), behind(0), WELL],
      [],
    ],
    [
      'that one which is behind has caught up when it has, and not for a pause',
      [WELL, ...lasting(behind(0)), { ...WELL, state: 'paused' }, behind(0)],
      ['behind'],
    ],
    ['nothing of a first load', [{ ...WELL, state: 'catching-up', currentAt: null }], []],
    [
      'both of a sync that fails and never catches up',
      [failing(2), ...lasting(failing(9)), WELL],
      ['failing', 'behind', 'recovered', 'caught-up'],
    ],
    ['differences that a verification has found', [WELL, verified('a', 2), WELL], ['differences']],
    [
      'those of each verification',
      [verified('a', 0), verified('b', 1), verified('c', 1)],
      ['differences', 'differences'],
    ],
    ['nothing of a verification of before', [verified('a', 2), verified('a', 2)], []],
    ['nothing of failed files, which are told of elsewhere', [WELL, verified('a', 2, 2)], []],
  ])('tells %s', (_, course, kinds) => {
    expect(told(...course)).toEqual(kinds);
  });

  it('never says behind without a bound', () => {
    expect(newsOf(behind(1e9), undefined, { behindMs: undefined, nowMs: NOW }).news).toEqual([]);
  });
});

describe('messages', () => {
  const news = { kind: 'failing', sync: 'lab', text: 'x' } as const;

  it('are JSON with a format for programs', () => {
    expect(webhookBody(news, 0, 'https://lab.example')).toEqual({
      ...{ format: 1, kind: 'failing', sync: 'lab', text: 'x' },
      ...{ at: '1970-01-01T00:00:00.000Z', page: 'https://lab.example' },
    });
  });

  it('call nobody in Slack, whatever a file or a server is called', () => {
    const text = 'Run failed: <!channel> & <https://evil.example|click>';
    expect(slackBody({ ...news, text }, 'https://lab.example')).toEqual({
      text: ':red_circle: *lab* Run failed: &lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; <https://lab.example|status>',
    });
  });

  it('are cut where a server has answered with a book', () => {
    const body = webhookBody({ ...news, text: 'x'.repeat(5000) }, 0);
    expect(JSON.stringify(body).length).toBeLessThan(1200);
  });
});

describe('delivery', () => {
  interface Receiver extends AsyncDisposable {
    readonly url: string;
    readonly bodies: readonly string[];
  }

  async function receiver(
    ...answers: readonly ((response: ServerResponse) => void)[]
  ): Promise<Receiver> {
    const bodies: string[] = [];
    const left = [...answers];
    const server: Server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += String(part);
      bodies.push(body);
      const answer = left.shift();
      if (answer === undefined) response.end();
      else answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/T0/s3cret-of-the-hook`,
      bodies,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  const waits: number[] = [];
  const parts = (signal = new AbortController().signal) => {
    waits.length = 0;
    const sleep = async (durationMs: number): Promise<void> => void waits.push(durationMs);
    return { fetch, clock: { sleep }, signal };
  };
  const refuse = (status: number) => (response: ServerResponse) =>
    void response.writeHead(status).end();
  const cut = (response: ServerResponse) => void response.destroy();

  it('posts JSON', async () => {
    await using to = await receiver();
    await deliver(to.url, { a: 1 }, parts());
    expect(to.bodies).toEqual(['{"a":1}']);
  });

  it('tries again, ever later, until it has arrived', async () => {
    await using to = await receiver(refuse(500), cut, refuse(429));
    await deliver(to.url, {}, parts());
    expect(to.bodies).toHaveLength(4);
    expect(waits).toEqual([1000, 10_000, 60_000]);
  });

  it('gives up, and says why without the address', async () => {
    await using to = await receiver(refuse(404), refuse(404), refuse(404), refuse(404));
    const error: unknown = await deliver(to.url, {}, parts()).catch((cause: unknown) => cause);
    expect(String(error)).toBe('Error: it answered with 404, 4 times');
  });

  it('says what the system says where nobody listens', async () => {
    const { url } = await (async () => {
      await using gone = await receiver();
      return gone;
    })();
    const error: unknown = await deliver(url, {}, parts()).catch((cause: unknown) => cause);
    expect(String(error)).toBe('Error: there was no answer (ECONNREFUSED), 4 times');
  });

  it('goes nowhere else', async () => {
    await using other = await receiver();
    const move = (response: ServerResponse) =>
      void response.writeHead(307, { location: other.url }).end();
    await using to = await receiver(move, move, move, move);
    await expect(deliver(to.url, {}, parts())).rejects.toThrow('307');
    expect(other.bodies).toEqual([]);
  });

  it('ends with the service', async () => {
    await using to = await receiver(cut);
    const stop = new AbortController();
    stop.abort(new Error('The service stops'));
    await expect(deliver(to.url, {}, parts(stop.signal))).rejects.toThrow('The service stops');
  });
});

describe('receivers in the config', () => {
  it.each([
    ['https://hooks.example/abc', true],
    ['http://127.0.0.1:9000/abc', true],
    ['http://[::1]:9000', true],
    ['http://hooks.example/abc', false],
    ['http://127.0.0.1.evil.example/', false],
    ['ftp://hooks.example', false],
  ])('%s: %s', (webhook, isTaken) => {
    expect(serveConfig.safeParse({ notify: { webhook } }).success).toBe(isTaken);
  });
});
