import type { Sink } from '@tdp-sync/sink';
import { load } from '../position/load.ts';
import { type Retrying, retried } from '../position/retrying.ts';
import { type CatalogTable, parseCatalog } from './catalog-text.ts';

/** The catalogue of a sync in the sink, as the state of a sync of its own. */
export class StoredCatalog {
  readonly #sync: string;
  readonly #sink: Sink;
  readonly #retrying: Retrying;
  #saved: string | undefined;

  constructor(sync: string, sink: Sink, retrying: Retrying) {
    this.#sync = catalogOf(sync);
    this.#sink = sink;
    this.#retrying = retrying;
  }

  async read(): Promise<string | undefined> {
    this.#saved = await this.#stored();
    return this.#saved;
  }

  /** @throws SinkError `STATE_CONFLICT` when somebody else has stored one since it was read or stored here. */
  async store(text: string): Promise<void> {
    const nothing = { sync: this.#sync, tables: [], since: this.#saved, documents: () => [] };
    await load(this.#sink, { ...nothing, state: text }, this.#retrying);
    this.#saved = text;
  }

  /** Whether nobody else has stored one since it was read or stored here. */
  async isCurrent(): Promise<boolean> {
    return (await this.#stored()) === this.#saved;
  }

  #stored(): Promise<string | undefined> {
    return retried(() => this.#sink.readState(this.#sync), this.#retrying);
  }
}

/**
 * The tables that the catalogue of a sync has by now.
 *
 * @throws SyncError `STATE_UNREADABLE` when another version of tdp-sync wrote it.
 */
export async function readCatalog(sync: string, sink: Sink): Promise<readonly CatalogTable[]> {
  const text = await sink.readState(catalogOf(sync));
  return text === undefined ? [] : parseCatalog(text).tables;
}

function catalogOf(sync: string): string {
  return `${sync}#tables`;
}
