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

/** A cell count: one sample, its viability and densities, and a size distribution. */
export function cellCounter(context: DocumentContext, version: string): JsonObject {
  const { random, time } = context;
  const [system, user, sample] = Array.from({ length: 3 }, () => primaryKey(random));
  const viability = Math.min(99.9, around(random, 93, 6));
  const density = around(random, 6.2, 3);
  const total = Math.round(around(random, 2400, 900));
  const sizes = Array.from({ length: 30 }, (_, index) => 4 + index);
  const newer = version.startsWith('v8');
  return {
    ...idsHead('cell-counter', version),
    systems: [
      {
        pk: system,
        vendor: 'Example Instruments',
        model: 'EX-Count XR',
        name: `CC-${1 + random.int(3)}`,
      },
    ],
    users: [userEntry(random, user ?? '')],
    samples: [sampleEntry(context, sample ?? '')],
    methods: [
      {
        name: 'CHO default',
        cell_type: 'CHO',
        dilution_factor: random.pick([1, 2, 10]),
        diameter: { minimum: quantity(8, 'Micrometer'), maximum: quantity(50, 'Micrometer') },
      },
    ],
    runs: [
      {
        fk_system: system,
        fk_user: user,
        fk_sample: sample,
        time: { start: timeText(time) },
        images: 100,
      },
    ],
    results: [
      {
        fk_sample: sample,
        cell: {
          viability: quantity(viability, 'Percent', 2),
          count: { total, viable: Math.round((total * viability) / 100) },
          density: {
            total: quantity(density, 'MillionCellsPerMilliliter', 3),
            viable: quantity((density * viability) / 100, 'MillionCellsPerMilliliter', 3),
          },
          diameter: { average: quantity(around(random, 15.2, 1.1), 'Micrometer', 2) },
          ...(newer
            ? { circularity: { average: quantity(around(random, 0.86, 0.05), 'Unitless', 3) } }
            : {}),
        },
        comment: random.next() < 0.1 ? 'clumps; 2nd dilution at 37 °C' : null,
      },
    ],
    datacubes: [
      {
        name: 'diameter distribution',
        fk_sample: sample,
        measures: [
          {
            name: 'count',
            unit: 'Unitless',
            value: sizes.map((size) =>
              Math.round(total * Math.exp(-((size - 15) ** 2) / 18) * 0.13),
            ),
          },
        ],
        dimensions: [{ name: 'diameter', unit: 'Micrometer', scale: sizes }],
      },
    ],
  };
}
