/** What DuckDB reads from a document: a JSON path, and the SQL type of what is there. */
type Columns = Readonly<Record<string, readonly [path: string, type: string]>>;

/** A table as it must be, by hand: where its rows stand in the document, and where their values do. */
export interface ExpectedTable {
  readonly from: readonly string[];
  readonly columns: Columns;
}

const text = (path: string): readonly [string, string] => [path, 'VARCHAR'];
const number = (path: string): readonly [string, string] => [path, 'DOUBLE'];
const truth = (path: string): readonly [string, string] => [path, 'BOOLEAN'];

/** Columns named like their keys. */
function texts(...keys: readonly string[]): Columns {
  return Object.fromEntries(keys.map((key) => [key, text(key)]));
}

/** `{name}_value` and `{name}_unit`. */
function quantity(name: string, path: string): Columns {
  return { [`${name}_value`]: number(`${path}.value`), [`${name}_unit`]: text(`${path}.unit`) };
}

const root: ExpectedTable = {
  from: [],
  columns: {
    idstype: text('"@idsType"'),
    idsversion: text('"@idsVersion"'),
    idsnamespace: text('"@idsNamespace"'),
    idsconventionversion: text('"@idsConventionVersion"'),
  },
};
const users: ExpectedTable = {
  from: ['users'],
  columns: { ...texts('pk', 'id', 'name'), type: text('type') },
};
const samples: ExpectedTable = {
  from: ['samples'],
  columns: {
    ...texts('pk', 'id', 'name', 'barcode'),
    batch_id: text('batch.id'),
  },
};
const measures: ExpectedTable = {
  from: ['datacubes', 'measures'],
  columns: texts('name', 'unit'),
};
const dimensions: ExpectedTable = { ...measures, from: ['datacubes', 'dimensions'] };

const chromatography: Readonly<Record<string, ExpectedTable>> = {
  root,
  users,
  samples,
  systems: {
    from: ['systems'],
    columns: {
      ...texts('pk', 'name', 'vendor', 'model', 'serial_number'),
      software_name: text('software.name'),
      software_version: text('software.version'),
    },
  },
  methods: {
    from: ['methods'],
    columns: {
      ...texts('pk', 'name', 'version'),
      ...quantity('flow_rate', 'flow_rate'),
      column_name: text('column.name'),
      ...quantity('column_temperature', 'column.temperature'),
      wavelengths: ['wavelengths', 'JSON'],
    },
  },
  methods_gradient: {
    from: ['methods', 'gradient'],
    columns: { ...quantity('time', 'time'), percent_b: number('percent_b') },
  },
  runs: {
    from: ['runs'],
    columns: {
      ...texts('pk', 'fk_system', 'fk_user', 'fk_sample', 'fk_method', 'name'),
      time_start: text('time.start'),
      time_end: text('time.end'),
      status: text('status'),
    },
  },
  injections: {
    from: ['injections'],
    columns: {
      ...texts('pk', 'fk_sample'),
      number: number('number'),
      time_start: text('time.start'),
      ...quantity('volume', 'volume'),
      vial_position: text('vial.position'),
    },
  },
  injections_peaks: {
    from: ['injections', 'peaks'],
    columns: {
      name: text('name'),
      index: number('index'),
      ...quantity('retention_time', 'retention_time'),
      ...quantity('area', 'area'),
      ...quantity('height', 'height'),
      ...quantity('width_base', 'width.base'),
      ...quantity('width_half_height', 'width.half_height'),
      percent_area: number('percent_area'),
      resolution: number('resolution'),
    },
  },
  results: {
    from: ['results'],
    columns: {
      ...texts('fk_run', 'name'),
      value: number('value'),
      unit: text('unit'),
      passed: truth('passed'),
    },
  },
  datacubes: {
    from: ['datacubes'],
    columns: {
      ...texts('name', 'description', 'fk_injection'),
    },
  },
  datacubes_measures: measures,
  datacubes_dimensions: dimensions,
};

function plateReader(version: 4 | 5): Readonly<Record<string, ExpectedTable>> {
  return {
    root,
    users,
    systems: {
      from: ['systems'],
      columns: { ...texts('pk', 'vendor'), model: text('model') },
    },
    methods: {
      from: ['methods'],
      columns: {
        ...texts('pk', 'name'),
        shaking_enabled: truth('shaking.enabled'),
        ...quantity('shaking_duration', 'shaking.duration'),
      },
    },
    samples: {
      from: ['samples'],
      columns: {
        pk: text('pk'),
        batch_id: text('batch.id'),
        location_position: text('location.position'),
        location_plate_barcode: text('location.plate.barcode'),
        type: text('type'),
        // From version 5 on the first well is the only one listed, and it is a standard without id.
        ...(version === 4 ? { id: text('id') } : {}),
      },
    },
    protocol_steps: {
      from: ['protocol_steps'],
      columns: {
        ...texts('pk', 'name'),
        order: number('order'),
        ...quantity('temperature', 'temperature'),
      },
    },
    runs: {
      from: ['runs'],
      columns: {
        ...texts('pk', 'fk_system', 'fk_user'),
        time_start: text('time.start'),
        barcode: text('barcode'),
      },
    },
    results: {
      from: ['results'],
      columns: {
        well: text('well'),
        ...quantity('concentration', 'concentration'),
        out_of_range: truth('out_of_range'),
      },
    },
    datacubes: {
      from: ['datacubes'],
      columns: {
        ...texts('name', 'fk_protocol_step', 'fk_method'),
        ...quantity('wavelength', 'wavelength'),
        time: text('time'),
      },
    },
    datacubes_measures: measures,
    // Rows and columns of a plate have no unit.
    datacubes_dimensions: { from: dimensions.from, columns: { name: text('name') } },
  };
}

function cellCounter(version: 7 | 8): Readonly<Record<string, ExpectedTable>> {
  return {
    root,
    users,
    samples,
    systems: {
      from: ['systems'],
      columns: { ...texts('pk', 'vendor', 'model'), name: text('name') },
    },
    methods: {
      from: ['methods'],
      columns: {
        ...texts('name', 'cell_type'),
        dilution_factor: number('dilution_factor'),
        ...quantity('diameter_minimum', 'diameter.minimum'),
        ...quantity('diameter_maximum', 'diameter.maximum'),
      },
    },
    runs: {
      from: ['runs'],
      columns: {
        ...texts('fk_system', 'fk_user', 'fk_sample'),
        time_start: text('time.start'),
        images: number('images'),
      },
    },
    results: {
      from: ['results'],
      columns: {
        fk_sample: text('fk_sample'),
        ...quantity('cell_viability', 'cell.viability'),
        cell_count_total: number('cell.count.total'),
        cell_count_viable: number('cell.count.viable'),
        ...quantity('cell_density_total', 'cell.density.total'),
        ...quantity('cell_density_viable', 'cell.density.viable'),
        ...quantity('cell_diameter_average', 'cell.diameter.average'),
        ...(version === 8 ? quantity('cell_circularity_average', 'cell.circularity.average') : {}),
        comment: text('comment'),
      },
    },
    datacubes: {
      from: ['datacubes'],
      columns: texts('name', 'fk_sample'),
    },
    datacubes_measures: measures,
    datacubes_dimensions: dimensions,
  };
}

/** The tables of each kind but the points of cubes, by what stands behind its prefix. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, ExpectedTable>>>> = {
  'lcuv-empower v2': chromatography,
  'plate-reader v4': plateReader(4),
  'plate-reader v5': plateReader(5),
  'cell-counter v7': cellCounter(7),
  'cell-counter v8': cellCounter(8),
};
