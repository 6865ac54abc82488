import { describe, expect, test } from 'vitest';
import { redirectedTo, targetOf } from '../../../src/source/tdp/address.ts';
import { hitOf } from '../../hits.ts';
import { connect, SIGNATURE } from './local-client.ts';
import { json, serve } from './local-server.ts';

const LETTERS = [
  '/bucket/org/../lab/file.json',
  '/bucket/org/./file.json',
  '/bucket/..',
  '/bucket/.',
  '/bucket/org/%2e%2e/%2E/file.json',
  '/bucket//double//slash',
  '/bucket/a%2Fb+c%20d?versionId=a%2Fb/../c',
  '/bucket/a|b^c`d{e}"f<g>\\h?x={"y"}|^`',
  "/bucket/it's;all,(here)!*~@:$&=",
];

describe('path and query are sent to the letter', () => {
  test.each(LETTERS)('%s', async (letters) => {
    const target = `${letters}${letters.includes('?') ? '&' : '?'}${SIGNATURE}`;
    await using s3 = await serve((_request, response) => void response.end('[]'));
    await using tdp = await serve((_request, response) => json(response, { url: s3.url + target }));
    await using local = connect(tdp.url);
    await local.client.retrieve(hitOf('f1'));
    expect(s3.received.map(({ url }) => url)).toEqual([target]);
  });

  test.each(['', 'http://{host}'])('where a redirect "%s" leads as well', async (before) => {
    await using s3 = await serve((request, response, count) => {
      const location = `${before.replace('{host}', request.headers.host ?? '')}/a/../b%2F/./c?x=/../y`;
      if (count === 1) response.writeHead(307, { location }).end();
      else response.end('[]');
    });
    await using tdp = await serve((_request, response) =>
      json(response, { url: `${s3.url}/k?${SIGNATURE}` }),
    );
    await using local = connect(tdp.url);
    await local.client.retrieve(hitOf('f1'));
    expect(s3.received.map(({ url }) => url)[1]).toBe('/a/../b%2F/./c?x=/../y');
  });

  test('through a proxy, too', async () => {
    await using proxy = await serve((request, response) => {
      if (request.url.includes('/v1/'))
        json(response, { url: `http://s3.test/a/../b?${SIGNATURE}` });
      else response.end('[]');
    });
    await using local = connect('http://tdp.test', {}, { proxy: { http: proxy.url } });
    await local.client.retrieve(hitOf('f1'));
    expect(proxy.received[1]?.url).toBe(`http://s3.test/a/../b?${SIGNATURE}`);
  });
});

test.each([
  ['https://h/a#b?c', { origin: 'https://h', path: '/a' }],
  ['https://h', { origin: 'https://h', path: '/' }],
  ['https://h?a=b', { origin: 'https://h', path: '/?a=b' }],
  ['HTTPS://H:443/A', { origin: 'https://h', path: '/A' }],
  ['https://user:pass@h:8443/a', { origin: 'https://h:8443', path: '/a' }],
  // A backslash ends the host, so that nothing behind it can be taken for one.
  ['https://good\\@evil/a', { origin: 'https://good', path: '/\\@evil/a' }],
  ['https:////h//a', { origin: 'https://h', path: '//a' }],
  ['https://h/ü é', { origin: 'https://h', path: '/%C3%BC%20%C3%A9' }],
  ['https://h/a\r\nx: y', { origin: 'https://h', path: '/a%0D%0Ax:%20y' }],
  ['https://h/\ud800', { origin: 'https://h', path: '/%EF%BF%BD' }],
])('%s is taken apart as a browser would, but for its dots', (address, expected) => {
  expect(targetOf(address)).toMatchObject(expected);
});

test.each([
  ['https://x/a/../b', 'https://x/a/../b'],
  ['/a/../b?c', 'https://h:1/a/../b?c'],
  ['//x/b', 'https://x/b'],
  ['/\\x/b', 'https://x/b'],
  ['b', 'https://h:1/p/b'],
  ['?q', 'https://h:1/p/a?q'],
  ['ftp://x/', undefined],
  ['https://[bad', undefined],
])('a redirect to %s leads to %s', (location, expected) => {
  expect(redirectedTo(location, 'https://h:1/p/a')).toBe(expected);
});
