import type { FileHit } from '../../file.ts';
import { storableText } from '../../json.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { baseName, type Ids, idsOf, layoutName } from './ids.ts';
import { applySchema } from './ids-schema.ts';
import { cutName, keyName, MAX_TABLE_NAME } from './names.ts';
import { type Layout, TablePlan } from './places.ts';

/** The tables of one kind of document, as far as documents have shown them. */
export interface DocumentPlan extends Layout {
  readonly name: string;
  /** For a document that is an object or a literal. */
  readonly root: TablePlan;
  /** For the items of a document that is an array. */
  readonly items: TablePlan;
  /** The table for the points of data cubes. */
  readonly pointsName: string;
}

/** JSON Schema of an IDS version, when TDP gives it; undefined otherwise. */
export type FindSchema = (
  ids: { readonly namespace: string; readonly type: string; readonly version: string },
  signal: AbortSignal,
) => Promise<unknown | undefined>;

/** Documents with ever other keys must not fill the memory: beyond this a plan is made anew. */
const MAX_PLACES = 50_000;
const MAX_PLANS = 500;

/** The plans of all kinds of documents of a sync, each made once. */
export class DocumentPlans {
  readonly #prefix: string;
  readonly #fallbackName: string;
  readonly #schemas: FindSchema | undefined;
  readonly #columns: ColumnPlan | undefined;
  readonly #plans = new Map<string, DocumentPlan>();
  readonly #found = new Map<string, Promise<unknown>>();

  constructor(
    prefix: string,
    fallbackName: string,
    schemas: FindSchema | undefined,
    columns?: ColumnPlan,
  ) {
    this.#prefix = prefix;
    this.#fallbackName = fallbackName;
    this.#schemas = schemas;
    this.#columns = columns;
  }

  /** The plan for a document. Waits only for the schema of an IDS that is new. */
  async planFor(document: unknown, file: FileHit, signal: AbortSignal): Promise<DocumentPlan> {
    const ids = idsOf(document, file);
    const key = JSON.stringify(ids ?? null);
    const known = this.#plans.get(key);
    if (known !== undefined && known.places < MAX_PLACES) return known;
    const schema = ids === undefined ? undefined : await this.#schemaOf(ids, key, signal);
    const plan = this.#plan(ids, schema);
    if (this.#plans.size >= MAX_PLANS) this.#plans.clear();
    this.#plans.set(key, plan);
    return plan;
  }

  #plan(ids: Ids | undefined, schema: unknown): DocumentPlan {
    const base = `${this.#prefix}${ids === undefined ? keyName(this.#fallbackName) : baseName(ids)}`;
    const columns = this.#columns;
    const nameAt = (path: string): string | undefined => columns?.nameAt(path);
    const layout = { base, places: 0, ...(columns?.renames ? { nameAt } : {}) };
    const root = TablePlan.root(layout, 'value');
    markCubes(root);
    applySchema(root.row, schema, columns?.root);
    return Object.assign(layout, {
      name: ids === undefined ? storableText(this.#fallbackName) : layoutName(ids),
      root,
      items: TablePlan.root(layout, 'array'),
      pointsName: cutName(`${base}_datacubes_data`, MAX_TABLE_NAME),
    });
  }

  /** The schema, if it can be had. Documents become the same tables without it, so nothing fails for want of it. */
  async #schemaOf(
    { namespace, type, version }: Ids,
    key: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const find = this.#schemas;
    if (find === undefined || namespace === undefined || version === undefined) return undefined;
    const found = this.#found.get(key) ?? search(() => find({ namespace, type, version }, signal));
    this.#found.set(key, found);
    const schema = await found;
    // A search that was called off has shown nothing.
    if (signal.aborted) this.#found.delete(key);
    signal.throwIfAborted();
    return schema;
  }
}

async function search(find: () => Promise<unknown>): Promise<unknown> {
  try {
    return await find();
  } catch {
    // The documents themselves say what the schema would have said.
    return undefined;
  }
}

/** Marks where TDP's convention has data cubes, and the parts of them that are more than nested arrays. */
function markCubes(root: TablePlan): void {
  const cubes = root.row.child('datacubes');
  cubes.part = 'cubes';
  const cube = cubes.items.row;
  cube.child('measures').items.row.child('value').part = 'payload';
  cube.child('dimensions').items.row.child('scale').part = 'payload';
}
