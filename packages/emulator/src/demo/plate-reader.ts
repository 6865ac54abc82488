import type { JsonObject } from '../lake/file.ts';
import {
  around,
  type DocumentContext,
  idsHead,
  primaryKey,
  quantity,
  timeText,
  userEntry,
} from './ids-document.ts';

const ROWS = 8;
const COLUMNS = 12;

function well(row: number, column: number): string {
  return `${String.fromCharCode(65 + row)}${column + 1}`;
}

function role(column: number): string {
  return column < 2 ? 'standard' : column === COLUMNS - 1 ? 'blank' : 'unknown';
}

/** Numbers of a whole plate; a well that the instrument could not read is null. */
function plate(context: DocumentContext, scale: number): (number | null)[][] {
  const { random } = context;
  return Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => {
      if (random.next() < 0.01) return null;
      const level = role(column) === 'blank' ? 0.04 : (0.2 + 0.22 * row) * scale;
      return Number(around(random, level, level * 0.08).toFixed(4));
    }),
  );
}

function steps(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function cube(
  context: DocumentContext,
  name: string,
  wavelength: number,
  keys: JsonObject,
  value: (number | null)[][],
): JsonObject {
  return {
    name,
    ...keys,
    measures: [{ name: 'absorbance', unit: 'ArbitraryUnit', value }],
    dimensions: [
      { name: 'row', unit: null, scale: steps(ROWS) },
      { name: 'column', unit: null, scale: steps(COLUMNS) },
    ],
    wavelength: quantity(wavelength, 'Nanometer'),
    time: timeText(context.time),
  };
}

/** An 8 by 12 plate read at two wavelengths. From version 5 on the wells are results, no longer samples. */
export function plateReader(context: DocumentContext, version: string): JsonObject {
  const { random, time, sample } = context;
  const [system, user, method, protocol] = Array.from({ length: 4 }, () => primaryKey(random));
  const signal = plate(context, 1);
  const wells = signal.flatMap((row, r) =>
    row.map((value, c) => ({ position: well(r, c), column: c, value })),
  );
  const samples = wells.map(({ position, column }) => ({
    pk: primaryKey(random),
    id: role(column) === 'unknown' ? `${sample.id}-${position}` : null,
    batch: { id: sample.batch },
    location: { position, plate: { barcode: sample.barcode } },
    type: role(column),
  }));
  const keys = { fk_protocol_step: protocol, fk_method: method };
  return {
    ...idsHead('plate-reader', version),
    systems: [{ pk: system, vendor: 'Example Instruments', model: 'EX-Plate 5', firmware: null }],
    users: [userEntry(random, user ?? '')],
    methods: [
      {
        pk: method,
        name: 'ELISA endpoint',
        shaking: { enabled: true, duration: quantity(15, 'Second') },
      },
    ],
    samples: version.startsWith('v4') ? samples : samples.slice(0, 1),
    protocol_steps: [
      {
        pk: protocol,
        name: 'read',
        order: 1,
        temperature: quantity(around(random, 25, 0.6), 'DegreeCelsius', 1),
      },
    ],
    runs: [
      {
        pk: primaryKey(random),
        fk_system: system,
        fk_user: user,
        time: { start: timeText(time) },
        barcode: sample.barcode,
      },
    ],
    results: wells.map(({ position, value }) => ({
      well: position,
      concentration: quantity(value === null ? null : value * 41.7, 'NanogramPerMilliliter', 2),
      out_of_range: value === null ? null : value > 1.9,
    })),
    datacubes: [
      cube(context, 'endpoint 450 nm', 450, keys, signal),
      cube(context, 'reference 570 nm', 570, keys, plate(context, 0.1)),
    ],
  };
}
