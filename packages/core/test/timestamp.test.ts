import { expect, test } from 'vitest';
import { parseTimeMs, timestampOf, toTimestamp } from '../src/timestamp.ts';
import { fc } from './property.ts';

const YEAR_1 = Date.UTC(2001, 0, 1) - 2000 * 365.2425 * 86_400_000;
const times = fc.integer({ min: YEAR_1, max: Date.UTC(9999, 11, 31) });

test('a time in UTC is read as Date reads it', () => {
  fc.assert(
    fc.property(times, (time) => {
      const iso = new Date(time).toISOString();
      expect(parseTimeMs(iso)).toBe(time);
      expect(parseTimeMs(iso.slice(0, -1))).toBe(time);
      expect(parseTimeMs(iso.replace('T', ' '))).toBe(time);
      expect(parseTimeMs(iso.replace('T', 't').replace('Z', 'z'))).toBe(time);
    }),
  );
});

test('a zone is taken off', () => {
  const zones = fc.tuple(fc.integer({ min: -14 * 4, max: 14 * 4 }), fc.boolean());
  fc.assert(
    fc.property(times, zones, (time, [quarters, colon]) => {
      const minutes = Math.abs(quarters) * 15;
      const hh = String(Math.floor(minutes / 60)).padStart(2, '0');
      const mm = String(minutes % 60).padStart(2, '0');
      const zone = `${quarters < 0 ? '-' : '+'}${hh}${colon ? ':' : ''}${mm}`;
      const local = new Date(time + quarters * 15 * 60_000).toISOString();
      if (/^\d{4}/.test(local)) expect(parseTimeMs(local.slice(0, -1) + zone)).toBe(time);
    }),
  );
});

test.each([
  ['2023-11-29', '2023-11-29T00:00:00.000000Z'],
  ['2023-11-29T10:11', '2023-11-29T10:11:00.000000Z'],
  ['2023-11-29T10:11:12', '2023-11-29T10:11:12.000000Z'],
  ['2023-11-29T10:11:12.3', '2023-11-29T10:11:12.300000Z'],
  ['2023-11-29T10:11:12,345', '2023-11-29T10:11:12.345000Z'],
  ['2023-11-29T10:11:12.345678912Z', '2023-11-29T10:11:12.345678Z'],
  ['2023-11-29T00:30:00.000001+01:00', '2023-11-28T23:30:00.000001Z'],
  ['2023-12-31T23:30:00-0100', '2024-01-01T00:30:00.000000Z'],
  [' 2024-02-29T12:00:00Z ', '2024-02-29T12:00:00.000000Z'],
  ['1969-12-31T23:59:59.123456Z', '1969-12-31T23:59:59.123456Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
])('%s is %s', (text, expected) => expect(toTimestamp(text)).toBe(expected));

test.each([
  ...['', 'yesterday', '29.11.2023', '1701252672000', '2023-13-01', '2023-02-30', '2023-02-29'],
  ...['2023-11-29T25:00:00Z', '2023-11-29T10:60:00Z', '2023-11-29T10:11:12+99:99'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00', '0001-01-01T00:00:00+01:00'],
])('%s is no time', (text) => expect(toTimestamp(text)).toBeNull());

test('a time in milliseconds takes the form of the contract', () => {
  fc.assert(
    fc.property(times, (time) => {
      const text = timestampOf(time);
      expect(text).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}000Z$/);
      expect(toTimestamp(text ?? '')).toBe(text);
    }),
  );
});
