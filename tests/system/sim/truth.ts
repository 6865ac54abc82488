import type { TruthEntry } from '@tdp-sync/emulator';
import type { Row, Value } from '@tdp-sync/sink';
import { readDocument } from './document.ts';
import { isMatched } from './filter.ts';
import { fileOf } from './observer.ts';
import { iso } from './oracle.ts';
import { partRows } from './transform.ts';
import { Violation } from './violation.ts';
import { SYNC, type World } from './world.ts';

const REFUSED = ['SOURCE_UNAVAILABLE', 'ACCESS_DENIED'];

type File = Readonly<Record<string, Value>>;

/** The database holds exactly what TDP shows: each file once, in its newest version, and nothing that is gone. */
export function expectTruth(world: World): void {
  const { engine } = world;
  const truth = new Map(
    [...matched(world).values()].map((entry) => [engine.fileKey(entry), entry] as const),
  );
  const files = new Map(allFiles(world).map((file) => [String(file['_file_key']), file] as const));
  const found = [...truth].flatMap(([key, entry]) => differences(world, entry, files.get(key)));
  // An old version that is shown again where the file has been before it moved counts as a file of its own.
  const shown = new Set(world.visible().map((doc) => engine.fileKey(doc)));
  for (const [key, file] of files)
    if (!truth.has(key) && !shown.has(key))
      found.push(...leftOvers(world, String(file['path']), file));
  if (found.length === 0) return;
  throw new Violation(`in the end the database is not TDP:\n  ${found.join('\n  ')}`);
}

/** After a day without troubles nothing is failed any more but what can never be loaded. */
export function expectRetried(world: World): void {
  for (const file of allFiles(world)) {
    const path = String(file['path']);
    const fileId = String(file['file_id']);
    const entry = matched(world).get(path);
    const isShown = entry?.fileId === fileId && world.engine.fileKey(entry) === file['_file_key'];
    if (
      file['status'] !== 'failed' ||
      !isShown ||
      world.lab.byFileId.get(fileId)?.isBroken === true
    )
      continue;
    throw new Violation(`${path} (${fileId}) has failed and was not tried again: ${file['error']}`);
  }
}

/** Rows of files that an access rule hides, which TDP does not say are gone. */
export function hiddenRows(world: World): number {
  const { lake } = world.emulator;
  return allFiles(world).filter(({ path }) => lake.versions(String(path)).at(-1)?.hidden === true)
    .length;
}

function allFiles(world: World): readonly File[] {
  const table = world.database.content.tables.get(`${SYNC}_files`)?.rows ?? new Map();
  return [...table].flatMap(([key, rows]) =>
    rows.map((row: Row) => ({ _file_key: key, ...fileOf(world, row) })),
  );
}

/** What TDP shows for the sync's filter. */
export function matched(world: World): ReadonlyMap<string, TruthEntry> {
  const truth = world.emulator.lake.truth();
  return new Map([...truth].filter(([, { labels }]) => isMatched(labels, world.lab.filter)));
}

function differences(world: World, entry: TruthEntry, file: File | undefined): readonly string[] {
  const { path, fileId } = entry;
  const name = `${path} (${fileId}, indexed ${iso(entry.indexedAt)})`;
  if (file === undefined) return [`${name} is missing`];
  const version = world.lab.byFileId.get(fileId);
  const isBroken = version?.isBroken === true;
  const found: string[] = [];
  const expect = (column: string, value: Value): void => {
    if (file[column] !== value) found.push(`${name}: ${column} is ${file[column]}, not ${value}`);
  };
  const expectReason = (code: Value | undefined): void => {
    const codes = version?.isRefused === true ? REFUSED : ['DOCUMENT_INVALID'];
    if (!codes.includes(String(code))) found.push(`${name}: it has failed with ${code}`);
  };
  expect('file_id', fileId);
  expect('status', isBroken ? 'failed' : 'loaded');
  if (isBroken) expectReason(file['error_code']);
  else expect('loaded_file_id', fileId);
  expect(
    'indexed_at',
    entry.indexedAt === undefined ? null : `${iso(entry.indexedAt).slice(0, -1)}000Z`,
  );
  const labels = entry.labels.map(({ name: label, value }) => ({ name: label, value }));
  const stored = file['labels'] === null ? [] : (JSON.parse(String(file['labels'])) as unknown);
  if (JSON.stringify(stored) !== JSON.stringify(labels))
    found.push(`${name}: labels are ${file['labels']}, not ${JSON.stringify(labels)}`);
  if (
    !isBroken &&
    version?.file.attributes.category === 'IDS' &&
    !hasCurrentRows(world, entry, version.text)
  )
    found.push(`${name}: its rows are not those of the current mapping`);
  return found;
}

/** That the rows are those of the version, by whatever mapping, the observer has seen already. */
function hasCurrentRows(world: World, entry: TruthEntry, text: string): boolean {
  const key = world.engine.fileKey(entry);
  const document = readDocument(text);
  const rows = world.database.content.tables.get(`${SYNC}_parts`)?.rows.get(key) ?? [];
  const expected = document === undefined ? [] : partRows(document, world.lab.variant);
  return (
    rows.length === expected.length &&
    rows.every(([variant]) => variant === BigInt(world.lab.variant))
  );
}

/** What TDP does not show any more is marked or removed, as the config says. */
function leftOvers(world: World, path: string, file: File): readonly string[] {
  const { deletes } = world.scenario.settings;
  const newest = world.emulator.lake.versions(path).at(-1);
  // TDP does not say of these that they are gone: an access rule hides them, and may not tomorrow.
  if (deletes === 'ignore' || newest?.hidden === true) return [];
  // Nor of these, which no search shows in any version, with whatever filter: TDP's own record of the version says that it is there.
  const held = world.lab.byFileId.get(String(file['file_id']));
  const isSearchable = world.visible('all').some((doc) => doc.path === path);
  if (held?.file.deleted === false && held.file.fileId !== newest?.fileId && !isSearchable)
    return [];
  // What a file has at a key that it has left stays until it is loaded at the new one, which a broken version never is.
  const elsewhere = [newest, ...world.visible('all').filter((doc) => doc.path === path)].filter(
    (one) => one?.bucket !== file['bucket'],
  );
  if (elsewhere.some((one) => world.lab.byFileId.get(one?.fileId ?? '')?.isBroken)) return [];
  const isGone = file['status'] === 'deleted' || file['status'] === 'unmatched';
  if (!isGone) return [`${path} in ${file['bucket']} is gone from TDP, but ${file['status']}`];
  if (deletes === 'remove' && file['loaded_file_id'] !== null)
    return [`${path} is gone from TDP, but its rows are still there`];
  return [];
}
