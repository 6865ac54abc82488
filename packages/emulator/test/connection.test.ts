import { hash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, eventually, KINDS, plain, post, serve, Wire } from './wire.ts';

/** `/wait/20` is answered after 20 ms, `/big/3000` with 3,000 bytes, faults by their names. */
const play: Answer = ({ url, body }) => {
  const [, what = '', amount = '0'] = url.split('/');
  const number = Number(amount);
  const response = { status: 200, body: `<${url} ${body.length}>` };
  if (what === 'wait') return { ...response, delayMs: number };
  if (what === 'big') return { status: 200, body: `<${'x'.repeat(number - 2)}>` };
  if (what === 'hang' || what === 'reset') return { ...response, connection: what };
  if (what === 'truncate') return { ...response, connection: { truncateAfterBytes: number } };
  if (what === 'stall') return { ...response, connection: { hangAfterBytes: number } };
  if (what === 'trickle' || what === 'drip') {
    const everyMs = what === 'drip' ? 1e6 : 5;
    return { ...response, connection: { trickleAfterBytes: number, everyMs } };
  }
  return response;
};

/** The bodies of the answers, in the order in which they came. */
function bodies(text: string): string[] {
  return text.match(/<[^>]*>/g) ?? [];
}

function answers(count: number): (wire: Wire) => boolean {
  return ({ text }) => bodies(text).length >= count;
}

describe.each(KINDS)('a connection (%s)', (kind) => {
  it('answers to the letter', async () => {
    await using served = await serve(kind, () => ({ status: 404, body: '<é>' }));
    using wire = new Wire(served);
    wire.send(plain('/a?b=c'));
    expect(await wire.until(answers(1))).toBe(
      'HTTP/1.1 404 Not Found\r\nx-test: yes\r\ncontent-length: 4\r\n' +
        'Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n<Ã©>',
    );
  });

  it('tells the handler names in lower case, values without space around them, and the body', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send('POST /p?q=%20 HTTP/1.1\r\nHost:h\r\nX-Org-Slug: \t a b \r\n');
    wire.send('Content-Length: 3\r\n\r\nabc');
    await wire.until(answers(1));
    const [request] = served.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/p?q=%20' });
    expect(request?.headers).toEqual({ host: 'h', 'x-org-slug': 'a b', 'content-length': '3' });
    expect(Buffer.from(request?.body ?? []).toString()).toBe('abc');
  });

  it('takes a request in two halves, and byte by byte', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    const request = plain('/halves', 'a: b');
    wire.send(request.slice(0, 20));
    await new Promise(setImmediate);
    wire.send(request.slice(20));
    await wire.until(answers(1));
    for (const byte of post('/bytes', 'abc')) {
      wire.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(bodies(await wire.until(answers(2)))).toEqual(['</halves 0>', '</bytes 3>']);
  });

  it('takes a body of megabytes in many pieces', async () => {
    await using served = await serve(kind, ({ body }) => ({
      status: 200,
      body: `<${hash('md5', body)}>`,
    }));
    using wire = new Wire(served);
    const body = Buffer.alloc(5_000_000, 'many different bytes');
    const bytes = post('/', body);
    for (let place = 0; place < bytes.length; place += 100_000) {
      wire.send(bytes.subarray(place, place + 100_000));
      await new Promise(setImmediate);
    }
    wire.send(plain('/next'));
    expect(bodies(await wire.until(answers(2)))[0]).toBe(`<${hash('md5', body)}>`);
  });

  it('is closed over a head of more than 64 KB', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/ok'));
    await wire.until(answers(1));
    wire.send(plain('/long', `a: ${'x'.repeat(70_000)}`));
    expect(bodies(await wire.ended())).toEqual(['</ok 0>']);
    expect(served.requests).toHaveLength(1);
  });

  it('answers what comes at once in its order, however long each takes', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    const urls = ['/a', '/wait/60', '/b', '/wait/20', '/big/300000', '/c'];
    wire.send(...urls.map((url) => plain(url)));
    const text = await wire.until(answers(6));
    const kept = bodies(text).map((body) => (body.length < 100 ? body : body.length));
    expect(kept).toEqual(['</a 0>', '</wait/60 0>', '</b 0>', '</wait/20 0>', 300_000, '</c 0>']);
  });

  it('begins a request while those before it wait', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/wait/30'), plain('/wait/30'), plain('/a'));
    await eventually(() => served.requests.length === 3);
    expect(served.stats.inFlight).toBe(3);
    await wire.until(answers(3));
    await eventually(() => served.stats.inFlight === 0);
    expect(served.stats.maxInFlight).toBe(3);
  });

  it('answers unusual requests among the others in order', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    const chunked = 'POST /chunked HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n';
    wire.send(plain('/wait/20'), plain('/a'), chunked, '3\r\nabc\r\n', '0\r\n\r\n', plain('/b'));
    const text = await wire.until(answers(4));
    expect(bodies(text)).toEqual(['</wait/20 0>', '</a 0>', '</chunked 3>', '</b 0>']);
  });

  it('asks for a body that waits to be asked for', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send('POST /e HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n');
    await wire.until(({ text }) => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    wire.send('abc');
    expect(bodies(await wire.until(answers(1)))).toEqual(['</e 3>']);
  });

  it.each([
    ['that asks for it', plain('/last', 'connection: close')],
    ['of HTTP/1.0', 'GET /last HTTP/1.0\r\n\r\n'],
  ])('ends after a request %s', async (_, last) => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/wait/20'), plain('/a', 'connection: Keep-Alive'), last);
    const text = await wire.ended();
    expect(bodies(text)).toEqual(['</wait/20 0>', '</a 0>', '</last 0>']);
    expect(text.toLowerCase().match(/connection: [-\w]*/g)).toEqual([
      'connection: keep-alive',
      'connection: keep-alive',
      'connection: close',
    ]);
  });

  it('that is cut during a delayed answer counts no longer', async () => {
    await using served = await serve(kind, play);
    const wire = new Wire(served);
    wire.send(plain('/wait/30'), plain('/big/3000000'));
    await eventually(() => served.stats.inFlight === 2);
    wire.socket.resetAndDestroy();
    await eventually(() => served.stats.inFlight === 0);
    using next = new Wire(served);
    next.send(plain('/wait/60'));
    await next.until(answers(1));
    await eventually(() => served.stats.inFlight === 0);
  });

  it('that a client ends gets the answers that are there', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.socket.end(`${plain('/a')}${plain('/wait/20')}${plain('/b')}`);
    expect(bodies(await wire.ended())).toEqual(['</a 0>']);
    await eventually(() => served.stats.inFlight === 0);
  });

  it('takes in no more than its client takes out', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.socket.pause();
    for (let number = 0; number < 500; number++) {
      wire.send(plain('/big/100000'));
      await new Promise(setImmediate);
    }
    using other = new Wire(served);
    other.send(plain('/wait/20'));
    await other.until(answers(1));
    // The system holds some for both ends, but by far not 50 MB.
    expect(served.requests.length).toBeLessThan(300);
    wire.socket.resume();
    await eventually(() => served.requests.length === 501);
  });

  it('counts an answer until its client has taken it', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.socket.pause();
    wire.send(plain('/big/30000000'));
    await eventually(() => served.requests.length === 1);
    using other = new Wire(served);
    other.send(plain('/wait/20'));
    await other.until(answers(1));
    expect(served.stats.inFlight).toBe(1);
    wire.socket.resume();
    await eventually(() => served.stats.inFlight === 0);
  });

  it('is idle for as long as it says', async () => {
    await using served = await serve(kind, play, 1_000);
    using idle = new Wire(served);
    using busy = new Wire(served);
    using odd = new Wire(served);
    idle.send(plain('/a'));
    busy.send(plain('/wait/2300'));
    odd.send(plain('/wait/2300', 'a: 1', 'a: 2'));
    expect(await idle.until(answers(1))).toContain('Keep-Alive: timeout=1\r\n');
    await idle.ended();
    await Promise.all([busy, odd].map((wire) => wire.until(answers(1))));
  });

  it('is cut when the port closes, whatever it is at', async () => {
    await using served = await serve(kind, play);
    const sent = ['', plain('/a').slice(0, 9), plain('/hang'), plain('/wait/500'), plain('/a')];
    const odd = plain('/hang', 'connection: close');
    const wires = [...sent, odd, post('/a', 'abc').subarray(0, -1)].map((bytes) => {
      const wire = new Wire(served);
      wire.send(bytes);
      return wire;
    });
    await eventually(() => served.requests.length === 4);
    await served.close();
    await Promise.all(wires.map((wire) => wire.ended()));
    await eventually(() => served.stats.inFlight === 0);
  });
});

describe.each(KINDS)('a connection that misbehaves (%s)', (kind) => {
  it.each(['hang', 'stall/5'])('says nothing more after %s', async (fault) => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/a'), plain(`/${fault}`), plain('/b'));
    await wire.until(fault === 'hang' ? answers(1) : ({ text }) => text.endsWith('</sta'));
    using other = new Wire(served);
    other.send(plain('/wait/40'));
    await other.until(answers(1));
    expect(wire.closed).toBe(false);
    expect(bodies(wire.text)).toEqual(['</a 0>']);
    expect(served.stats.inFlight).toBeGreaterThan(0);
    wire.socket.destroy();
    await eventually(() => served.stats.inFlight === 0);
  });

  it.each([0, 5, 99])('goes on byte by byte after %d bytes of a body', async (bytes) => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    const pieces: number[] = [];
    wire.socket.on('data', (piece) => void pieces.push(piece.length));
    wire.send(plain('/a'), plain(`/trickle/${bytes}`), plain('/b'));
    const text = await wire.until(answers(3));
    const trickled = `</trickle/${bytes} 0>`;
    expect(bodies(text)).toEqual(['</a 0>', trickled, '</b 0>']);
    const drops = Math.max(trickled.length - bytes, 0);
    // Some may come together on a busy machine.
    expect(pieces.filter((length) => length === 1).length).toBeGreaterThanOrEqual(drops / 3);
    await eventually(() => served.stats.inFlight === 0);
  });

  it('goes on no more once its client is gone', async () => {
    await using served = await serve(kind, play);
    using cleared = vi.spyOn(globalThis, 'clearInterval');
    using wire = new Wire(served);
    wire.send(plain('/drip/3'));
    await wire.until(({ text }) => text.endsWith('</d'));
    cleared.mockClear();
    wire.socket.destroy();
    await eventually(() => served.stats.inFlight === 0 && cleared.mock.calls.length === 1);
  });

  it('is reset', async () => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/a'));
    await wire.until(answers(1));
    const error = new Promise<NodeJS.ErrnoException>((resolve) => wire.socket.on('error', resolve));
    wire.send(plain('/reset'));
    expect((await error).code).toBe('ECONNRESET');
    await eventually(() => served.stats.inFlight === 0);
  });

  it.each([0, 5])('ends after %d bytes of a body', async (bytes) => {
    await using served = await serve(kind, play);
    using wire = new Wire(served);
    wire.send(plain('/a'), plain(`/truncate/${bytes}`));
    const text = await wire.ended();
    expect(text).toMatch(/\r\ncontent-length: 15\r\n[^<]*\r\n\r\n(<\/tru)?$/);
    expect(text.endsWith('</tru')).toBe(bytes > 0);
    await eventually(() => served.stats.inFlight === 0);
  });
});
