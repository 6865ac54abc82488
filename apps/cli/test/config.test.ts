import { describe, expect, it } from 'vitest';
import { interpolate, variablesIn, verbatim } from '../src/config/environment.ts';
import { parseBytes, parseDurationMs } from '../src/units.ts';

describe('parseDurationMs', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
  it.each(['', 'soon', '10', '5 weeks', '-1h', '1h30m'])('"%s" is no duration', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('parseBytes', () => {
  it.each([
    ['32MB', 33_554_432],
    ['1kb', 1024],
    ['7B', 7],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
  it.each(['', '32', 'MB', '1TB'])('"%s" is no size', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});

describe('interpolate', () => {
  it('leaves what has one more sign before it, and verbatim puts it there', () => {
    const texts = ['${X}', '$${X}', 'a $${X:-b} ${X}', '$$', '$', '{X}', '$$${X}'];
    for (const text of texts)
      expect(interpolate(verbatim(text), { X: 'one' })).toEqual({ value: text, missing: [] });
    expect(interpolate('$${X} ${X}', { X: 'one' }).value).toBe('${X} one');
    expect(variablesIn('$${X} ${Y}')).toEqual(['Y']);
  });

  it('replaces variables and defaults at any depth, and reports what is missing with its path', () => {
    const config = { a: ['${X}-${Y:-two}'], b: { c: '${NOT_THERE}', d: 5 }, e: '$X {X}' };
    expect(interpolate(config, { X: 'one', EMPTY: '' })).toEqual({
      value: { a: ['one-two'], b: { c: '', d: 5 }, e: '$X {X}' },
      missing: [{ name: 'NOT_THERE', path: ['b', 'c'] }],
    });
  });
  it('takes an empty variable as not set', () => {
    expect(interpolate('${EMPTY:-fallback}', { EMPTY: '' }).value).toBe('fallback');
  });
});
