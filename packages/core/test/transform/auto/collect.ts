import { ExactNumber, parseExactly } from '../../../src/exact-json.ts';
import { storableText } from '../../../src/json.ts';
import {
  type Cell,
  type Extract,
  type ExtractedTable,
  Unfit,
} from '../../../src/transform/transform.ts';

/** Keys and positions from the root of a document. */
type Way = readonly (string | number)[];
/** Marks a position that is not known yet. */
const ITEM = -1;

/** All literals of a document, each with its way, in an order of their own. */
export function leavesOf(document: unknown): readonly string[] {
  return [...walk([], document)].toSorted();
}

/** All literals that stand in tables, each with the way it has in the document. */
export function leavesIn({ tables }: Extract, document: unknown): readonly string[] {
  const ways = new Map<string, readonly Way[]>();
  const found: string[] = [];
  for (const table of tables) {
    if (table.path.endsWith('].value')) found.push(...pointsIn(table));
    else found.push(...rowsIn(table, ways, document));
  }
  return found.toSorted();
}

function* walk(way: Way, value: unknown): Generator<string> {
  if (value === null) return;
  if (value instanceof ExactNumber) yield leaf(way, value.text);
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* walk([...way, index], item);
  else if (typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) yield* walk([...way, key], inner);
  else yield leaf(way, String(value));
}

function leaf(way: Way, text: string): string {
  const storable = way.map((step) => (typeof step === 'string' ? storableText(step) : step));
  return `${JSON.stringify(storable)} = ${storableText(text)}`;
}

function* rowsIn(
  table: ExtractedTable,
  ways: Map<string, readonly Way[]>,
  document: unknown,
): Generator<string> {
  const place = wayOf(table.path);
  const parentRowAt = table.columns.findIndex(({ path }) => path === '._parent_row');
  const counts = new Map<string, number>();
  const own: Way[] = [];
  ways.set(JSON.stringify(place), own);
  for (const row of table.rows) {
    const way = wayOfRow(place, parentRowAt === -1 ? 0n : (row[parentRowAt] ?? 0n), ways, counts);
    own.push(way);
    for (const [index, column] of table.columns.entries()) {
      if (/^\.[_a-z]/.test(column.path)) continue;
      yield* cellLeaves([...way, ...wayOf(column.path)], row[index] ?? null, column.type, document);
    }
  }
}

/** The way of a row: that of its parent row, then the keys between, then how many there were before it. */
function wayOfRow(
  place: Way,
  parentRow: Cell,
  ways: Map<string, readonly Way[]>,
  counts: Map<string, number>,
): Way {
  if (place.at(-1) !== ITEM) return place;
  const parent = place.slice(0, place.lastIndexOf(ITEM, -2) + 1);
  // The rows of a document that is an array may have no column of their own.
  const rows = ways.get(JSON.stringify(parent)) ?? [];
  const lone = parent.length === 0 ? [] : [Number(parentRow)];
  const above = rows[Number(parentRow)] ?? (parent.length < 2 ? lone : ['?']);
  const before = [...above, ...place.slice(parent.length, -1)];
  const key = JSON.stringify(before);
  const index = counts.get(key) ?? 0;
  counts.set(key, index + 1);
  return [...before, index];
}

function* cellLeaves(way: Way, cell: Cell, type: string, document: unknown): Generator<string> {
  if (cell === null) return;
  if (!(cell instanceof Unfit)) {
    if (type === 'json') yield* walk(way, parseExactly(String(cell)));
    else yield leaf(way, String(cell));
    return;
  }
  const original = valueAt(document, way);
  const isWhole = typeof original === 'object' && !(original instanceof ExactNumber);
  if (isWhole) yield* walk(way, parseExactly(cell.text));
  else yield leaf(way, cell.text);
}

function valueAt(document: unknown, way: Way): unknown {
  return way.reduce(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    document,
  );
}

/** A scale's value stands beside every point that it belongs to, and counts once. */
function pointsIn({ columns, rows }: ExtractedTable): readonly string[] {
  const at = new Map(columns.map(({ name }, index) => [name, index]));
  const leaves: string[] = [];
  const scaleLeaves = new Set<string>();
  for (const row of rows) {
    const cell = (name: string): Cell => row[at.get(name) ?? -1] ?? null;
    const cube = ['datacubes', Number(cell('_parent_row'))];
    const index: number[] = [];
    for (let i = 0; cell(`dimension_${i}_index`) !== null; i++) {
      index.push(Number(cell(`dimension_${i}_index`)));
      const way = [...cube, 'dimensions', i, 'scale', index[i] ?? -1];
      for (const found of scalar(way, cell(`dimension_${i}_value`))) scaleLeaves.add(found);
    }
    for (let j = 0; j < 4; j++)
      leaves.push(
        ...scalar([...cube, 'measures', j, 'value', ...index], cell(`measure_${j}_value`)),
      );
  }
  return [...leaves, ...scaleLeaves];
}

function scalar(way: Way, cell: Cell): readonly string[] {
  if (cell === null) return [];
  return [leaf(way, cell instanceof Unfit ? cell.text : String(cell))];
}

const TOKEN = /\.?(?:(\[\])|("(?:[^"\\]|\\.)*")|([^.[]+))/suy;

/** Reads a path back: keys bare or as JSON strings, `[]` for items. */
export function wayOf(path: string): Way {
  if (path === '.') return [];
  const way: (string | number)[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < path.length; ) {
    const [token, items, quoted, bare] = TOKEN.exec(path) ?? [];
    if (token === undefined) throw new SyntaxError(`Cannot read ${path}`);
    if (items !== undefined) way.push(ITEM);
    else way.push(quoted === undefined ? String(bare) : String(JSON.parse(quoted)));
  }
  return way;
}
