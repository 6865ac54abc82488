import { expect, test } from 'vitest';
import { ExactNumber } from '../../src/exact-json.ts';
import { convert } from '../../src/transform/convert.ts';
import { Unfit } from '../../src/transform/transform.ts';
import { fc } from '../property.ts';

const zeros = (count: number): string => '0'.repeat(count);

/** Numbers as digits times a power of ten, and as they may be written. */
const written = fc
  .record({
    digits: fc.oneof(
      fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }),
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    ),
    power: fc.integer({ min: -40, max: 40 }),
    shift: fc.nat({ max: 45 }),
    padding: fc.nat({ max: 3 }),
  })
  .map(({ digits, power, shift, padding }) => {
    const sign = digits < 0n ? '-' : '';
    const text = String(digits < 0n ? -digits : digits).padStart(shift + 1, '0') + zeros(padding);
    const at = text.length - shift - padding;
    const fraction = text.slice(at);
    const mantissa = `${sign}${text.slice(0, at)}${fraction === '' ? '' : `.${fraction}`}`;
    return { digits, power, text: `${mantissa}e${power + shift}` };
  });

test('int64 and decimal are what BigInt arithmetic says', () => {
  fc.assert(
    fc.property(written, ({ digits, power, text }) => {
      // As a multiple of 10^-40, which all of them are.
      const scaled = digits * 10n ** BigInt(power + 40);
      const isInteger = scaled % 10n ** 40n === 0n;
      const integer = scaled / 10n ** 40n;
      const int64 = isInteger && BigInt.asIntN(64, integer) === integer ? integer : new Unfit(text);
      expect(convert(text, 'int64')).toEqual(int64);
      expect(convert(new ExactNumber(text), 'int64')).toEqual(int64);

      const isDecimal = scaled % 10n ** 31n === 0n && scaled > -(10n ** 69n) && scaled < 10n ** 69n;
      const decimal = convert(new ExactNumber(text), 'decimal');
      expect(convert(text, 'decimal')).toEqual(decimal);
      if (!isDecimal) expect(decimal).toEqual(new Unfit(text));
      else {
        const [whole = '', fraction = ''] = String(decimal).replace('-', '').split('.');
        const magnitude = BigInt(whole + fraction.padEnd(40, '0'));
        expect(String(decimal).startsWith('-') ? -magnitude : magnitude).toBe(scaled);
      }
    }),
    { numRuns: 5000 },
  );
});

test('a float64 is the number that was written, or only its nearest', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(convert(String(value), 'float64')).toBe(Object.is(value, -0) ? 0 : value);
      if (value === 0) return;
      const longer = `${value.toExponential(20).replace('e', '1e')}`;
      expect(convert(longer, 'float64')).toEqual(new Unfit(longer, Number(longer)));
    }),
  );
});

test('a timestamp is what BigInt arithmetic says', () => {
  const pad = (value: number | bigint, width: number): string => String(value).padStart(width, '0');
  const parts = fc.record({
    // Seconds since the year 1, long enough from either end for any offset.
    seconds: fc.bigInt({ min: 86_400n, max: 315_537_800_000n }),
    fraction: fc.stringMatching(/^\d{0,12}$/),
    offset: fc.integer({ min: -1439, max: 1439 }),
    colon: fc.constantFrom('', ':'),
  });
  fc.assert(
    fc.property(parts, ({ seconds, fraction, offset, colon }) => {
      const zone = `${offset < 0 ? '-' : '+'}${pad(Math.trunc(Math.abs(offset) / 60), 2)}${colon}${pad(Math.abs(offset) % 60, 2)}`;
      const local = civil(seconds + BigInt(offset) * 60n);
      const text = `${local}${fraction === '' ? '' : `.${fraction}`}${zone}`;
      const micros = fraction.slice(0, 6).padEnd(6, '0');
      expect(convert(text, 'timestamp')).toBe(`${civil(seconds)}.${micros}Z`);
    }),
    { numRuns: 2000 },
  );

  /** Date and time of a count of seconds since 0001-01-01T00:00:00, without a Date. */
  function civil(seconds: bigint): string {
    let days = seconds / 86_400n;
    const ofDay = seconds % 86_400n;
    let year = 1;
    // A cycle of the calendar is 400 years.
    year += Number(days / 146_097n) * 400;
    days %= 146_097n;
    const isLeap = (): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    for (; days >= (isLeap() ? 366n : 365n); year += 1) days -= isLeap() ? 366n : 365n;
    const lengths = [31n, isLeap() ? 29n : 28n, 31n, 30n, 31n, 30n, 31n, 31n, 30n, 31n, 30n, 31n];
    let month = 0;
    for (; days >= (lengths[month] ?? 0n); month += 1) days -= lengths[month] ?? 0n;
    const time = [ofDay / 3600n, (ofDay / 60n) % 60n, ofDay % 60n].map((part) => pad(part, 2));
    return `${pad(year, 4)}-${pad(month + 1, 2)}-${pad(days + 1n, 2)}T${time.join(':')}`;
  }
});

test('a number of a million digits takes no longer than its length', () => {
  const text = `1${zeros(1_000_000)}1`;
  const started = performance.now();
  expect(convert(text, 'decimal')).toEqual(new Unfit(text));
  expect(performance.now() - started).toBeLessThan(1000);
});
