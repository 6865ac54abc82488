import { createEmulator, seedDemoLab } from '@tdp-sync/emulator';
import { type Corpus, writeCorpus } from './corpus.ts';

interface DemoKind {
  readonly type: string;
  /** Major version, with its `v`. */
  readonly version: string;
  readonly mapping: NonNullable<Corpus['mapping']>;
}

const PLATES: DemoKind['mapping'] = {
  wells: {
    rows: 'results[]',
    columns: {
      plate: '$.runs[0].barcode',
      well: 'well',
      concentration: 'concentration.value as decimal',
      out_of_range: 'out_of_range as boolean',
      started: '$.runs[0].time.start as timestamp',
    },
  },
  samples: {
    rows: 'samples[]',
    columns: { sample: 'id', batch: 'batch.id', well: 'location.position', role: 'type' },
  },
  signals: {
    rows: 'datacubes[].measures[0].value[][]',
    columns: {
      read: '^^.name',
      wavelength: '^^.wavelength.value as float64',
      plate_row: '^^.dimensions[0].scale[^#] as int64',
      plate_column: '^^.dimensions[1].scale[#] as int64',
      absorbance: '. as float64',
    },
  },
};

/** The demo lab's kinds, each by its name in the report. The plate reader's two versions differ in size and tables. */
const KINDS: Readonly<Record<string, DemoKind>> = {
  'cell-counter': {
    type: 'cell-counter',
    version: 'v8',
    mapping: {
      viability: {
        rows: 'results[]',
        columns: {
          sample: '$.samples[0].id',
          percent: 'cell.viability.value as float64',
          cells: 'cell.count.total as int64',
          comment: 'comment',
          measured: '$.runs[0].time.start as timestamp',
        },
      },
      samples: { rows: 'samples[]', columns: { sample: 'id', batch: 'batch.id' } },
      sizes: {
        rows: 'datacubes[].measures[].value[]',
        columns: { diameter: '^^.dimensions[0].scale[#] as float64', cells: '. as int64' },
      },
    },
  },
  'plate-reader-v5': { type: 'plate-reader', version: 'v5', mapping: PLATES },
  'plate-reader-v4': { type: 'plate-reader', version: 'v4', mapping: PLATES },
  chromatography: {
    type: 'lcuv-empower',
    version: 'v2',
    mapping: {
      injections: {
        rows: 'injections[]',
        columns: {
          number: 'number as int64',
          volume: 'volume.value as float64',
          sample: '$.samples[0].id',
          started: 'time.start as timestamp',
        },
      },
      peaks: {
        rows: 'injections[].peaks[]',
        columns: {
          injection: '^.number as int64',
          peak: '#',
          name: 'name',
          area: 'area.value as float64',
          percent_area: 'percent_area as decimal',
        },
      },
      curve: {
        rows: 'datacubes[].measures[].value[]',
        columns: {
          injection: '^#',
          time: '^^.dimensions[0].scale[#] as float64',
          absorbance: '. as float64',
        },
      },
    },
  },
};

/** The kinds there are. */
export const DEMO_KINDS: readonly string[] = Object.keys(KINDS);

/** Writes the demo lab's documents of some kinds, every version of every file. */
export async function writeDemoKinds(
  parent: string,
  names: readonly string[],
): Promise<readonly Corpus[]> {
  const { lake } = createEmulator();
  seedDemoLab(lake);
  const files = [...lake.truth().values()].map(({ file }) => file);
  const corpora: Corpus[] = [];
  for (const name of names) {
    const kind = KINDS[name];
    if (kind === undefined)
      throw new Error(`There is no kind ${name}, only ${DEMO_KINDS.join(', ')}.`);
    const { type, version, mapping } = kind;
    const contents = files
      .filter(({ attributes }) => attributes.idsType === type)
      .filter(({ attributes }) => attributes.idsTypeVersion?.startsWith(`${version}.`))
      .map(({ content }) => content);
    corpora.push(await writeCorpus(parent, name, contents, mapping));
  }
  return corpora;
}
