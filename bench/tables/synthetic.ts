/** What a made-up document looks like. All of its tables hang on the root's one row. */
export interface Layout {
  /** Which IDS it is of. */
  readonly number: number;
  readonly tables: number;
  /** In each table. */
  readonly rows: number;
  readonly columns: number;
}

/** Documents of a layout, each with numbers of its own. */
export function madeUp(layout: Layout, documents: number): readonly Uint8Array[] {
  return Array.from({ length: documents }, (_, seed) =>
    Buffer.from(JSON.stringify(documentOf(layout, seed))),
  );
}

function documentOf({ number, tables, rows, columns }: Layout, seed: number): object {
  const parts = Array.from({ length: tables }, (_, table) => [
    `part_${table}`,
    Array.from({ length: rows }, (_, row) => rowOf(columns, seed * 7919 + table * 101 + row)),
  ]);
  return {
    '@idsType': `growth-${number}`,
    '@idsVersion': 'v1.0.0',
    '@idsNamespace': 'bench',
    '@idsConventionVersion': 'v1.0.0',
    ...Object.fromEntries(parts),
  };
}

/** Numbers and short texts by turns. */
function rowOf(columns: number, seed: number): object {
  return Object.fromEntries(
    Array.from({ length: columns }, (_, at) => {
      const value = ((seed + at * 37) % 9973) / 16;
      return [`column_${at}`, at % 2 === 0 ? value : `text ${value}`];
    }),
  );
}
