import { expect, it, test } from 'vitest';
import { proxiesOf } from '../src/sync/proxy.ts';

test.each([
  ['http://proxy.example:3128', 'http://proxy.example:3128/'],
  ['proxy.example:3128', 'http://proxy.example:3128/'],
  ['me:pass@proxy.example:3128', 'http://me:pass@proxy.example:3128/'],
  ['https://proxy.example', 'https://proxy.example/'],
  ['10.0.0.1:3128', 'http://10.0.0.1:3128/'],
  [' proxy ', 'http://proxy/'],
])('%s is the proxy %s', (value, address) => {
  expect(proxiesOf({ HTTPS_PROXY: value }).https).toBe(address);
});

test.each([
  ...['socks5://proxy:1080', 'http://', 'http://:3128', 'pass word@:x', '::'],
  // Of these the rest would be a path of the host "http", and no proxy has one.
  ...['http:/proxy:3128', 'http//proxy:3128', 'http://proxy:3128/pass word', 'http://proxy:3128?x'],
  'http://me:pass word%@proxy:3128',
])('%s is refused by the name of the variable', (value) => {
  const parse = (): unknown => proxiesOf({ http_proxy: value });
  expect(parse).toThrow(/http_proxy is no address/);
  expect(parse).not.toThrow('pass word');
});

it('an empty variable does not hide the one in lower case', () => {
  const environment = {
    HTTP_PROXY: '',
    http_proxy: 'a:1',
    HTTPS_PROXY: ' ',
    NO_PROXY: '',
    no_proxy: 'b',
  };
  expect(proxiesOf(environment)).toEqual({ http: 'http://a:1/', https: undefined, except: 'b' });
  expect(proxiesOf({})).toEqual({ http: undefined, https: undefined, except: undefined });
});
