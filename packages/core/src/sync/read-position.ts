import { createHash, randomUUID } from 'node:crypto';
import { SinkError } from '@tdp-sync/sink';
import { systemClock } from '../clock.ts';
import { Position, type ReadPosition } from '../position/position.ts';
import { defaultSinkRetryPolicy, type Retrying } from '../position/retrying.ts';
import { Catalog } from '../tables/catalog.ts';
import { filesTable } from '../tables/files-table.ts';
import { historyTable } from '../tables/history-table.ts';
import { documentTransform } from '../transform/document.ts';
import type { Transform } from '../transform/transform.ts';
import { columnsTable } from './columns-table.ts';
import { runsTable } from './journal.ts';
import type { ContentPolicy, SyncOptions } from './options.ts';

/** What the rows of a file depend on besides the file. */
export function shapeOf(options: SyncOptions): {
  readonly transform: Transform;
  readonly content: ContentPolicy;
} {
  const { name, transform = documentTransform(name), content = 'ids' } = options;
  return { transform, content };
}

/** Where a sync stands, what of its config is new, and which tables it has. */
export interface PositionReading extends ReadPosition {
  readonly catalog: Catalog;
}

/**
 * Reads where the sync stands and which tables it has, and tells when the config has changed since.
 *
 * @throws SinkError `SCHEMA_MISMATCH` when a column is to have another type than it has.
 */
export async function readPosition(options: SyncOptions): Promise<PositionReading> {
  const {
    name,
    label = name,
    sink,
    sourceId,
    filter = [],
    sinceMs = null,
    reservedTables = [],
    schema,
    history = false,
    run = randomUUID(),
    clock = systemClock,
  } = options;
  const { transform, content } = shapeOf(options);
  const own = [filesTable(name), runsTable(name), columnsTable(name), historyTable(name)];
  const reserved = [...reservedTables, ...own.map((table) => table.name)];
  const retrying = retryingOf(options);
  const catalog = await Catalog.read(name, sink, reserved, retrying, () => clock.now());
  if (history) refuseTaken(catalog, name);
  const inherited = catalog.layouts;
  for (const table of transform.declared) catalog.declare(table);
  const read = await Position.read({
    sync: name,
    sink,
    scope: fingerprint([sourceId, filter, sinceMs]),
    mapping: fingerprint([transform.fingerprint, content]),
    redaction: transform.redaction ? fingerprint(transform.redaction) : '',
    isFrozen: schema === 'freeze',
    hasHistory: history,
    run,
    ...{ inherited, retrying },
  });
  const { changes } = read;
  if (changes.scope || changes.mapping)
    options.emit?.({ type: 'config-changed', sync: label, changes });
  return { ...read, catalog };
}

/** Rows of two kinds would get mixed up. */
function refuseTaken(catalog: Catalog, sync: string): void {
  const { name } = historyTable(sync);
  const taken = catalog.all().find((table) => table.name.toLowerCase() === name.toLowerCase());
  if (taken === undefined) return;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `The table ${taken.name} holds data of documents, and the history (history: true) needs its name. ` +
      'Take history out of the sync, or give the sync another name in the database (storedAs).',
  );
}

/** How patiently the database of a run is asked. */
export function retryingOf(options: SyncOptions): Retrying {
  const { name, label: sync = name, emit = () => undefined } = options;
  const { clock = systemClock, signal } = options;
  return {
    policy: { ...defaultSinkRetryPolicy, ...options.sinkRetry },
    random: options.random ?? Math.random,
    ...{ clock, signal },
    onRetry: (error, attempt, delayMs) =>
      emit({ type: 'sink-retried', sync, error, attempt, delayMs }),
  };
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
