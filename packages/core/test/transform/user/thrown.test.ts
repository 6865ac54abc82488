import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { describeThrown, fileName } from '../../../src/transform/user/thrown.ts';

const URL = 'file:///lab/my%20folder/viability.ts';

function withStack(stack: unknown, message = 'x is not a function'): unknown {
  return Object.assign(new TypeError(message), { stack });
}

const FRAMES = `
    at deep (file:///lab/node_modules/parser/index.js:7:1)
    at async Object.rows (${URL}:10:5)
    at outer (${URL}:99:5)`;

it.each<[string, unknown, string]>([
  [
    'an error',
    withStack(`TypeError: x is not a function${FRAMES}`),
    'TypeError: x is not a function (viability.ts:10)',
  ],
  [
    'a message with lines, one of them like a frame',
    withStack(`TypeError: a\n    at x (${URL}:1:1)${FRAMES}`, `a\n    at x (${URL}:1:1)`),
    `TypeError: a\n    at x (${URL}:1:1) (viability.ts:10)`,
  ],
  [
    'a stack without the module',
    withStack('TypeError: x is not a function\n    at a (b.js:1:1)'),
    'TypeError: x is not a function',
  ],
  ['an error without a stack', withStack(undefined), 'TypeError: x is not a function'],
  ['a stack that is no text', withStack([1, 2]), 'TypeError: x is not a function'],
  [
    'a module with a mistake',
    Object.assign(new SyntaxError('Unexpected token'), {
      stack: `${URL}:3\n  x x\n\nSyntaxError: Unexpected token\n    at node:internal`,
    }),
    'SyntaxError: Unexpected token (viability.ts:3)',
  ],
  ['an error without a message', withStack(`Error${FRAMES}`, ''), 'TypeError:  (viability.ts:10)'],
  [
    'an error of another realm',
    Object.assign(runInNewContext('new RangeError("far")'), { stack: '' }),
    'RangeError: far',
  ],
  ['a text', 'no such "thing"', '"no such \\"thing\\""'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a number', 7, 'a number'],
  ['a Symbol', Symbol('s'), 'a symbol'],
  ['a function', () => 1, 'a function'],
  ['an object', { code: 7 }, 'an object that is no Error'],
  [
    'an error whose message cannot be read',
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('no');
      },
    }),
    'something that throws when it is looked at',
  ],
  [
    'an error whose message is an object',
    Object.assign(new Error(), { message: {} }),
    'an Error that is no Error',
  ],
  [
    'a proxy',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    ),
    'something that throws when it is looked at',
  ],
])('tells %s', (_name, thrown, text) => {
  expect(describeThrown(thrown, URL)).toBe(text);
});

it('names a file by its last part', () => {
  expect(fileName(URL)).toBe('viability.ts');
  expect(fileName('data:text/javascript,1')).toBe('data:text/javascript,1');
});
