import { expect, test } from 'vitest';
import { number } from '../src/render/format.ts';

test.each([0, 7, 999, 1000, 12_345.6, 999_999.5, 123_456_789, -1, -1000, -123_456])(
  'a number is written as Intl writes it: %d',
  (value) => {
    expect(number(value)).toBe(Math.round(value).toLocaleString('en-US'));
  },
);
