import type { JsonObject } from '../lake/file.ts';
import {
  around,
  type DocumentContext,
  idsHead,
  primaryKey,
  quantity,
  sampleEntry,
  timeText,
  userEntry,
} from './ids-document.ts';

const PEAKS = ['impurity A', 'impurity B', 'main', 'aggregate', 'fragment'];
const POINTS = 240;
const MINUTES = 12;

interface Peak {
  readonly name: string | null;
  readonly time: number;
  readonly height: number;
  readonly width: number;
}

function peaksOf({ random }: DocumentContext): Peak[] {
  const count = 2 + random.int(PEAKS.length - 1);
  return Array.from({ length: count }, (_, index) => ({
    name: random.next() < 0.08 ? null : (PEAKS[index] ?? null),
    time: around(random, 1.6 + index * 2.1, 0.3),
    height: index === 2 ? around(random, 820, 90) : around(random, 24, 18) + 30,
    width: around(random, 0.14, 0.04),
  }));
}

function signal(peaks: readonly Peak[], minute: number): number {
  const sum = peaks.reduce(
    (total, { time, height, width }) =>
      total + height * Math.exp(-((minute - time) ** 2) / (2 * width ** 2)),
    0.4,
  );
  return Number(sum.toFixed(3));
}

function peakEntry(peak: Peak, total: number, index: number): JsonObject {
  const area = peak.height * peak.width * 2.5066;
  return {
    name: peak.name,
    index,
    retention_time: quantity(peak.time, 'Minute'),
    area: quantity(area * 60, 'MilliabsorbanceUnitTimesSecond'),
    height: quantity(peak.height, 'MilliabsorbanceUnit'),
    width: {
      base: quantity(peak.width * 4, 'Minute'),
      half_height: quantity(peak.width * 2.355, 'Minute'),
    },
    percent_area: Number(((100 * area) / total).toFixed(3)),
    resolution: index === 0 ? null : Number((1.2 + index * 0.61).toFixed(2)),
  };
}

function injection(
  context: DocumentContext,
  number: number,
  fkSample: string,
): [JsonObject, JsonObject] {
  const { random } = context;
  const pk = primaryKey(random);
  const peaks = peaksOf(context);
  const total = peaks.reduce((sum, { height, width }) => sum + height * width * 2.5066, 0);
  const scale = Array.from({ length: POINTS }, (_, point) =>
    Number(((point * MINUTES) / POINTS).toFixed(3)),
  );
  const entry = {
    pk,
    fk_sample: fkSample,
    number,
    time: { start: timeText(context.time + number * MINUTES * 60_000) },
    volume: quantity(10, 'Microliter'),
    vial: { position: `1:${String.fromCharCode(64 + number)},${1 + random.int(8)}` },
    peaks: peaks.map((peak, index) => peakEntry(peak, total, index)),
  };
  const cube = {
    name: 'chromatogram',
    description: `Injection ${number}`,
    fk_injection: pk,
    measures: [
      {
        name: 'absorbance',
        unit: 'MilliabsorbanceUnit',
        value: scale.map((minute) => signal(peaks, minute)),
      },
    ],
    dimensions: [{ name: 'time', unit: 'Minute', scale }],
  };
  return [entry, cube];
}

/** A chromatographic run: injections, each with its peaks, and a chromatogram per injection. */
export function chromatography(context: DocumentContext): JsonObject {
  const { random, time } = context;
  const [system, user, sample, method, run] = Array.from({ length: 5 }, () => primaryKey(random));
  const count = 1 + random.int(4);
  const made = Array.from({ length: count }, (_, index) =>
    injection(context, index + 1, sample ?? ''),
  );
  const assay = around(random, 99.1, 1.2);
  return {
    ...idsHead('lcuv-empower', 'v2.1.0'),
    systems: [
      {
        pk: system,
        name: `LC-${1 + random.int(6)}`,
        vendor: 'Example Instruments',
        model: 'EX-LC 900',
        serial_number: `LC9${1000 + random.int(40)}`,
        software: { name: 'Example Chromatography', version: '3.7.2' },
      },
    ],
    users: [userEntry(random, user ?? '')],
    samples: [sampleEntry(context, sample ?? '')],
    methods: [
      {
        pk: method,
        name: random.pick(['Purity by RP-LC', 'Aggregates by SEC', 'Charge variants']),
        version: `${1 + random.int(3)}`,
        flow_rate: quantity(0.8, 'MilliliterPerMinute'),
        column: { name: 'C18 2.1x100', temperature: quantity(40, 'DegreeCelsius'), lot: null },
        wavelengths: [214, 280],
        gradient: [
          { time: quantity(0, 'Minute'), percent_b: 5 },
          { time: quantity(9, 'Minute'), percent_b: 60 },
          { time: quantity(MINUTES, 'Minute'), percent_b: 95 },
        ],
      },
    ],
    runs: [
      {
        pk: run,
        fk_system: system,
        fk_user: user,
        fk_sample: sample,
        fk_method: method,
        name: `Run ${timeText(time).slice(0, 10)}`,
        time: { start: timeText(time), end: timeText(time + count * MINUTES * 60_000) },
        status: 'completed',
      },
    ],
    injections: made.map(([entry]) => entry),
    results: [
      { fk_run: run, name: 'assay', ...quantity(assay, 'Percent', 2), passed: assay >= 98 },
      {
        fk_run: run,
        name: 'total impurities',
        ...quantity(100 - Math.min(assay, 100), 'Percent', 2),
        passed: null,
      },
    ],
    datacubes: made.map(([, cube]) => cube),
    related_files: [],
  };
}
