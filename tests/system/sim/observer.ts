import type { Order } from '@tdp-sync/core';
import type { Row, StoredDocument, Value } from '@tdp-sync/sink';
import type { MemoryContent } from '@tdp-sync/sink/memory';
import { readDocument } from './document.ts';
import { kindRows, kindTable, partRows, type Variant } from './transform.ts';
import { Violation } from './violation.ts';
import { SYNC, type World } from './world.ts';

interface Shown {
  readonly line: StoredDocument | undefined;
  readonly file: readonly Row[];
  readonly documents: readonly Row[];
  readonly parts: readonly Row[];
  /** In all tables of kinds. */
  readonly kinds: readonly Row[];
}

const NONE: readonly Row[] = [];

/**
 * Somebody who looks at the database all the time: whatever is committed at whatever moment, each file is
 * there in exactly one version, whole, and never in an older one than before.
 */
export class Observer {
  readonly #world: World;
  #content: MemoryContent | undefined;
  #shown = new Map<string, Shown>();
  readonly #newest = new Map<string, number>();
  looks = 0;

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const { content } = this.#world.database;
    if (content === this.#content || this.#world.isVandalised) return;
    this.#content = content;
    this.looks += 1;
    const next = shownIn(content, this.#world.scenario.kinds);
    for (const [key, shown] of next) {
      const before = this.#shown.get(key);
      if (before !== undefined && isSame(before, shown)) continue;
      this.#check(key, shown, before);
    }
    for (const key of this.#shown.keys())
      if (!next.has(key)) throw new Violation(`file ${key} is not in the database any more`);
    this.#shown = next;
  }

  #check(key: string, shown: Shown, before: Shown | undefined): void {
    const { line } = shown;
    const [row] = shown.file;
    if (this.#isLeft(key, shown)) return;
    const fail = (what: string): never => {
      throw new Violation(`file ${key}: ${what}`);
    };
    if (line === undefined || row === undefined || shown.file.length !== 1)
      throw fail(
        `${shown.file.length} rows in the files table and ${line === undefined ? 'no' : 'a'} line in the ledger`,
      );
    const order = this.#world.engine.parseOrder(line.order);
    if (order === undefined) throw fail(`the order ${line.order} says nothing`);
    if (before?.line !== undefined && before.line.order >= line.order)
      fail(`its order went from ${before.line.order} back to ${line.order}`);
    this.#checkAgreement(fileOf(this.#world, row), order, line, fail);
    this.#checkContent(order, shown, fail);
    this.#checkNewest(key, order, fail);
  }

  /** Nothing is left at a key that a file has moved away from but the line that says so. */
  #isLeft(key: string, { line, file, documents, parts, kinds }: Shown): boolean {
    const { engine } = this.#world;
    const order = line === undefined ? undefined : engine.parseOrder(line.order);
    const isBare = file.length + documents.length + parts.length + kinds.length === 0;
    return (
      this.#world.isLeft(key) &&
      isBare &&
      order?.stage.is === 'deleted' &&
      order.loadedFileId === undefined
    );
  }

  #checkAgreement(
    file: Readonly<Record<string, Value>>,
    order: Order,
    line: StoredDocument,
    fail: (what: string) => never,
  ): void {
    if (file['file_id'] !== order.fileId)
      fail(`the files table says ${file['file_id']}, the ledger ${order.fileId}`);
    if (file['loaded_file_id'] !== (order.loadedFileId ?? null))
      fail(`loaded is ${file['loaded_file_id']}, by the ledger ${order.loadedFileId}`);
    const { is } = order.stage;
    const status = is === 'unmatched' ? is : line.status;
    if (file['status'] !== status) fail(`is ${file['status']}, by the ledger ${status}`);
    if (is !== 'missing' && is !== 'unmatched' && is !== line.status)
      fail(`is ${line.status}, by its order ${is}`);
    if (is === 'loaded' && order.loadedFileId !== order.fileId)
      fail(`is loaded, but from version ${order.loadedFileId}`);
    const version = this.#world.lab.byFileId.get(order.fileId);
    if (version?.file.path !== file['path']) fail(`${order.fileId} is not a version of it`);
  }

  /** The rows in the data tables are those of the version that is said to be loaded, all of them. */
  #checkContent(
    order: Order,
    { documents, parts, kinds }: Shown,
    fail: (what: string) => never,
  ): void {
    const { loadedFileId } = order;
    const version =
      loadedFileId === undefined ? undefined : this.#world.lab.byFileId.get(loadedFileId);
    const isData = version?.file.attributes.category === 'IDS';
    if (!isData) {
      if (documents.length + parts.length + kinds.length > 0)
        fail('has rows, but no content is loaded');
      return;
    }
    const [[text] = []] = documents;
    if (documents.length !== 1 || typeof text !== 'string') fail(`${documents.length} documents`);
    const document = readDocument(String(text));
    if (document === undefined) throw fail('its document is torn');
    if (text !== version.text)
      fail(`shows version ${document.version} of ${document.path}, but says ${loadedFileId}`);
    const variant = Number(parts[0]?.[0] ?? 0) as Variant;
    const expected = [partRows(document, variant), partRows(document, 1)];
    if (!expected.some((rows) => isSameRows(parts, rows))) fail('its parts are torn');
    if (!isSameRows(kinds, kindRows(document, this.#world.scenario.kinds)))
      fail('its row in the table of its kind is torn');
  }

  /** Within an epoch no version is older than one shown before. */
  #checkNewest(key: string, order: Order, fail: (what: string) => never): void {
    // Of a version that has failed, the rows are still those of another, which may be one that TDP has taken back.
    const isLoaded = order.stage.is !== 'failed' && order.loadedFileId !== undefined;
    for (const what of isLoaded ? (['fileId', 'loadedFileId'] as const) : (['fileId'] as const)) {
      const number = this.#world.lab.byFileId.get(order[what] ?? '')?.number ?? -1;
      const name = `${key} ${what} ${order.epoch}`;
      const newest = this.#newest.get(name) ?? -1;
      if (number < newest) fail(`went back from version ${newest} to ${number}`);
      this.#newest.set(name, number);
    }
  }
}

function shownIn(content: MemoryContent, kinds: number): Map<string, Shown> {
  const table = (name: string): ReadonlyMap<string, readonly Row[]> =>
    content.tables.get(name)?.rows ?? new Map();
  const [files, documents, parts] = [table(`${SYNC}_files`), table(SYNC), table(`${SYNC}_parts`)];
  const byKind = Array.from({ length: kinds }, (_, kind) => table(kindTable(SYNC, kind).name));
  const ledger = content.ledgers.get(SYNC) ?? new Map<string, StoredDocument>();
  const all = [ledger, files, documents, parts, ...byKind];
  const keys = new Set(all.flatMap((rows) => [...rows.keys()]));
  return new Map(
    [...keys].map((key) => [
      key,
      {
        line: ledger.get(key),
        file: files.get(key) ?? NONE,
        documents: documents.get(key) ?? NONE,
        parts: parts.get(key) ?? NONE,
        kinds: byKind.flatMap((rows) => rows.get(key) ?? NONE),
      },
    ]),
  );
}

function isSame(a: Shown, b: Shown): boolean {
  return (
    a.line === b.line &&
    a.file === b.file &&
    a.documents === b.documents &&
    a.parts === b.parts &&
    isSameRows(a.kinds, b.kinds)
  );
}

function isSameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, at) => row.every((cell, i) => cell === b[at]?.[i]));
}

/** A row of the files table by column. */
export function fileOf(world: World, row: Row): Readonly<Record<string, Value>> {
  const { columns } = world.engine.filesTable(SYNC);
  return Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]));
}
