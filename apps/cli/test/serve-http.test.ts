import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveConfig } from '../src/config/serve-schema.ts';
import { EventStream } from '../src/serve/event-stream.ts';
import { type Listening, listen } from '../src/serve/http.ts';
import { isOwnName } from '../src/serve/own-names.ts';
import type { Routed } from '../src/serve/routes.ts';

const TOKEN = 'control-token-of-the-tests';
const EVENTS_TOKEN = 'events-token-of-the-tests';

let server: Listening;
let port: number;
let serve: {
  listen: { host: string };
  hosts: string[];
  controlToken: string;
  events: { token?: string };
};
let taken: string[];
let answered: PromiseWithResolvers<object>;
let events: EventStream;
let logged: string;
let asked: string[];
const sockets: Socket[] = [];

beforeEach(async () => {
  serve = {
    ...{ listen: { host: '127.0.0.1' }, hosts: [], controlToken: TOKEN },
    events: { token: EVENTS_TOKEN },
  };
  taken = [];
  answered = Promise.withResolvers();
  logged = '';
  asked = [];
  const service = {
    onChange: () => () => undefined,
    runtime: { loaded: { config: { serve } }, transforms: new Map([['docs', {}]]) },
    want: (...given: unknown[]) => asked.push(JSON.stringify(given)) > 0,
  };
  const report = {
    status: () => answered.promise,
    readiness: async () => ({ ok: false, reasons: ['database: gone\nlab: ok \u001b[2J', 'x'] }),
    progress: () => ({ ok: true, reasons: [] }),
    metricsText: async () => 'metric 1\n',
  };
  events = new EventStream(service as never, report as never);
  const nudger = {
    take: (text: string) => {
      taken.push(text);
      return text.startsWith('{') ? 'wake' : 'malformed';
    },
  };
  const routed = { service, report, events, inbox: { nudger } } as unknown as Routed;
  const write = (line: string): void => {
    logged += line;
  };
  const log = pino({ write });
  server = await listen({ host: '127.0.0.1', port: 0 }, routed, log);
  port = Number(new URL(server.url).port);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  events[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** Sends the lines of a request as they are, and gives the answer as far as `until`. */
async function send(lines: readonly string[], until = /\r\n\r\n/): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    if (until.test(answer)) break;
  }
  return answer;
}

async function get(target: string, host: string = 'localhost'): Promise<number> {
  return statusOf(await send([`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close']));
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

describe('event streams', () => {
  it('a thousand that come at once get a hundred places, and a place is free again when one goes', async () => {
    const lines = ['GET /events HTTP/1.1', 'Host: localhost'];
    // Those for whom there is no connection left hear nothing at all.
    const all = Array.from({ length: 1000 }, () => send(lines).catch(() => ''));
    let refused = 0;
    for (const one of all)
      void one.then((answer) => {
        if (statusOf(answer) !== 200) refused += 1;
        // What those who have a place wait for.
        if (refused === 900) answered.resolve({ whole: 'status' });
      });
    const statuses = (await Promise.all(all)).map(statusOf);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.every((status) => [200, 503, Number.NaN].includes(status))).toBe(true);
    expect(statuses).toContain(503);
    while ((await get('/events')) !== 200);
  });

  it('connections that ask for nothing are held to a number, too', async () => {
    const idle = Array.from({ length: 300 }, () => connect(port, '127.0.0.1'));
    sockets.push(...idle);
    let closed = 0;
    await new Promise<void>((resolve) => {
      for (const socket of idle)
        socket
          .on('error', () => undefined)
          .on('close', () => {
            closed += 1;
            if (closed === 300 - 256) resolve();
          });
    });
    idle.find((socket) => !socket.destroyed)?.destroy();
    while ((await get('/livez').catch(() => 0)) !== 200);
    expect(closed).toBeLessThan(60);
  });

  it('one that goes before it is answered leaves its place', async () => {
    for (let round = 0; round < 3; round += 1) {
      const gone = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
      await Promise.all(gone.map((socket) => once(socket, 'connect')));
      for (const socket of gone) socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      while ((await get('/events')) !== 503);
      for (const socket of gone) socket.destroy();
      const one = send(['GET /events HTTP/1.1', 'Host: localhost']);
      let status = 503;
      while (status === 503) {
        answered.resolve({});
        status = await get('/events');
      }
      expect(status).toBe(200);
      await one;
      for (const socket of sockets.splice(0)) socket.destroy();
      answered = Promise.withResolvers();
    }
  });

  it('one that has gone by the time there is something to say is written nothing', async () => {
    const gone = { destroyed: false, on: () => undefined } as Record<string, unknown>;
    const adding = events.add(gone as never);
    gone['destroyed'] = true;
    answered.resolve({});
    // Whatever it is asked for now, it has not.
    expect(await adding).toBe(true);
    for (let time = 0; time < 100; time += 1) await events.add(gone as never);
    expect(await get('/events')).toBe(200);
  });

  it('HEAD gets no stream', async () => {
    const answer = await send(['HEAD /events HTTP/1.1', 'Host: localhost', 'Connection: close']);
    expect(statusOf(answer)).toBe(200);
  });
});

describe('what a request asks for', () => {
  it.each([
    ['//', 404],
    ['//evil.example/status.json', 404],
    ['/\\', 404],
    ['/\\evil.example/status.json', 404],
    ['///', 404],
    ['/%', 404],
    ['/%zz%', 404],
    ['/status.json%00', 404],
    ['/../livez', 404],
    ['/syncs/%2e%2e/run', 404],
    ['http://', 400],
    ['http:', 400],
    ['http:///', 400],
    ['ftp://localhost/livez', 400],
    ['javascript:alert(1)', 400],
    ['livez', 400],
    ['/livez', 200],
    ['/livez?%zz', 200],
    ['http://localhost/livez', 200],
    ['HTTP://LOCALHOST:1/livez?a=b', 200],
  ])('%s is answered with %d', async (target, status) => {
    const answer = await send([`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close']);
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toMatch(/^location:/im);
    expect(logged).toBe('');
  });

  it('a query is read as it is, however broken', async () => {
    const lines = [
      'POST /syncs/docs/retry?file=a%zz&file=%E4&file=b?c HTTP/1.1',
      ...['Host: localhost', `Authorization: Bearer ${TOKEN}`, 'Connection: close'],
    ];
    expect(statusOf(await send(lines))).toBe(202);
    expect(asked).toEqual(['["docs","retry",["a%zz","�","b?c"]]']);
  });

  it('why a probe fails is told in one line for each reason', async () => {
    const answer = await send(['GET /readyz HTTP/1.1', 'Host: x', 'Connection: close'], /\nx\n/);
    expect(answer).toContain('\r\n\r\ndatabase: gone\\u{a}lab: ok \\u{1b}[2J\nx\n');
  });
});

describe('a name that is not ours', () => {
  const GUARDED = [
    '/',
    '/page/main.js',
    '/status.json',
    '/events',
    '/tdp-events',
    '/syncs/docs/run',
    '/nothing',
  ];
  const OPEN = ['/livez', '/readyz', '/progressz', '/metrics'];

  it.each(GUARDED)('sees nothing of %s', async (target) => {
    const answer = await send(
      [`GET ${target} HTTP/1.1`, 'Host: evil.example:8380', 'Connection: close'],
      /\}$/,
    );
    expect(statusOf(answer)).toBe(421);
    expect(answer).toMatch(/does not go by the name.*serve\.hosts/);
  });

  it.each(['run', 'retry', 'sweep', 'verify', 'rebuild'])('%s is asked for', async (action) => {
    const answer = await send([
      `POST /syncs/docs/${action} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${TOKEN}`,
    ]);
    expect(statusOf(answer)).toBe(202);
    expect(asked.map((one) => JSON.parse(one).slice(0, 2))).toEqual([['docs', action]]);
  });

  it('acts on nothing, whatever token it has', async () => {
    const lines = (host: string): string[] => [
      'POST /syncs/docs/run HTTP/1.1',
      ...[`Host: ${host}`, `Authorization: Bearer ${TOKEN}`, 'Connection: close'],
    ];
    expect(statusOf(await send(lines('evil.example')))).toBe(421);
    expect(asked).toEqual([]);
    expect(statusOf(await send(lines('localhost')))).toBe(202);
  });

  it.each(OPEN)(
    'finds %s: a probe asks by address, a scraper by a name of the cluster',
    async (target) => {
      for (const host of ['10.42.0.7:8380', 'tdp-sync.lab.svc.cluster.local:8380'])
        expect([200, 503]).toContain(await get(target, host));
    },
  );

  it('is not hidden by a name that is', async () => {
    answered.resolve({});
    expect(await get('/status.json')).toBe(200);
    expect(await get('http://evil.example/status.json')).toBe(421);
    expect(await get('http://localhost@evil.example/status.json')).toBe(421);
    expect(await get('http://localhost/status.json', 'evil.example')).toBe(421);
    const twice = ['Host: localhost', 'Host: evil.example', 'Connection: close'];
    expect([400, 421]).toContain(statusOf(await send(['GET /status.json HTTP/1.1', ...twice])));
    const none = statusOf(await send(['GET /status.json HTTP/1.0', 'Connection: close']));
    expect([400, 421]).toContain(none);
  });

  it('is ours once the config says so, without a restart', async () => {
    answered.resolve({});
    expect(await get('/status.json', 'Sync.Example.com:443')).toBe(421);
    serve.hosts.push('sync.example.com');
    expect(await get('/status.json', 'Sync.Example.com:443')).toBe(200);
  });
});

describe('isOwnName', () => {
  const local = {
    listen: { host: '127.0.0.1' },
    hosts: ['sync.example.com', '10.1.2.3', 'fd00::1'],
  };
  const everywhere = { ...local, listen: { host: '0.0.0.0' } };

  it.each([
    ['localhost', true],
    ['localhost:8380', true],
    ['LOCALHOST.', true],
    ['127.0.0.1:80', true],
    ['[::1]', true],
    ['[0:0:0:0:0:0:0:1]:8380', true],
    ['sync.example.com', true],
    ['10.1.2.3', true],
    ['[fd00::1]:1', true],
    ['the-machine', true],
    ['10.9.9.9', false],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['sync.example.com.evil.example', false],
    ['evil.example#localhost', false],
    ['localhost/', false],
    ['a@localhost', false],
    ['', false],
    [':8380', false],
    ['[::1', false],
    ['::1', false],
  ])('"%s": %s', (host, is) => expect(isOwnName(host, local, 'the-machine')).toBe(is));

  it('takes every address, and no other name, where it listens on all', () => {
    for (const host of ['10.9.9.9:8380', '[fe80::1]', '192.168.0.1'])
      expect(isOwnName(host, everywhere)).toBe(true);
    expect(isOwnName('10.9.9.9', { ...everywhere, listen: { host: '::' } })).toBe(true);
    expect(isOwnName('evil.example', everywhere)).toBe(false);
  });

  it('knows the machine’s own name', () => expect(isOwnName(hostname(), local)).toBe(true));
});

describe('the section serve', () => {
  const problems = (serve: object): string =>
    serveConfig
      .safeParse(serve)
      .error?.issues.map(({ message }) => message)
      .join('; ') ?? '';

  it.each([
    ['                                ', /no blanks/],
    ['\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t', /no blanks/],
    ['control token of the lab', /no blanks/],
    [' control-token-of-the-lab', /no blanks/],
    ['contrôle-token-of-the-lab', /no blanks/],
    ['', /can be guessed/],
    ['only-fifteen-15', /can be guessed/],
  ])('refuses the control token "%s"', (controlToken, why) =>
    expect(problems({ controlToken })).toMatch(why),
  );

  it('takes what a header can hold', () => {
    expect(problems({ controlToken: TOKEN })).toBe('');
    expect(problems({ controlToken: '0123456789abcdef' })).toBe('');
  });

  it('takes names and addresses as hosts, and no addresses of pages', () => {
    expect(problems({ hosts: ['sync.example.com', '10.1.2.3', '::1', '[fd00::1]', 'a_b'] })).toBe(
      '',
    );
    for (const host of ['https://sync.example.com', 'sync.example.com:443', '*', '', 'a b'])
      expect(problems({ hosts: [host] })).toMatch(/without scheme and port/);
  });
});

describe('events that are posted', () => {
  function post(body: string, token = EVENTS_TOKEN, host = 'localhost'): Promise<number> {
    const lines = [
      ...['POST /tdp-events HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${token}`],
      ...[`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body],
    ];
    return send(lines).then(statusOf);
  }

  it('are taken from who has their token, and from nobody else', async () => {
    expect(await post('{"a":1}')).toBe(202);
    for (const wrong of [TOKEN, '', `${EVENTS_TOKEN}x`]) expect(await post('{}', wrong)).toBe(401);
    expect(await post('{}', EVENTS_TOKEN, 'evil.example')).toBe(421);
    expect(taken).toEqual(['{"a":1}']);
  });

  it('are told from who would run something', async () => {
    const lines = ['POST /syncs/docs/run HTTP/1.1', 'Host: localhost', 'Connection: close'];
    const answer = await send([...lines, `Authorization: Bearer ${EVENTS_TOKEN}`]);
    expect(statusOf(answer)).toBe(401);
    expect(asked).toEqual([]);
  });

  it.each([
    ['PUT', '/tdp-events', 'POST'],
    ['GET', '/tdp-events', 'POST'],
    ['POST', '/events', 'GET, HEAD'],
  ])('have a path of their own, which shows nothing: %s %s', async (method, path, allow) => {
    const answer = await send([
      ...[`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close'],
      `Authorization: Bearer ${EVENTS_TOKEN}`,
    ]);
    expect(statusOf(answer)).toBe(405);
    expect(answer).toMatch(new RegExp(`\r\nallow: ${allow}\r\n`, 'i'));
    expect(taken).toEqual([]);
  });

  it('that nobody can read are told so, and that none are taken', async () => {
    expect(await post('hello')).toBe(400);
    expect(await post(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`)).toBe(413);
    expect(await post(`{"a":"${'x'.repeat(1024 * 1024)}"}`)).toBe(202);
    serve.events = {};
    expect(await post('{}')).toBe(404);
    expect(taken.map(({ length }) => length)).toEqual([5, 1024 * 1024 + 8]);
  });
});
