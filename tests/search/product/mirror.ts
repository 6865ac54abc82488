import type { RunningEmulator } from '@tdp-sync/emulator';
import { type Hit, hitsOf, ORG } from '../ask.ts';
import { mappingOf } from '../mapping.ts';
import type { SearchNode } from '../node/node.ts';

const AT_ONCE = 2_000;
const LEAN = { excludes: ['enhancedSearchContext'] };

/** Keeps the node's documents as the emulator's are: what has changed is written when it is flushed. */
export class Mirror {
  readonly #node: SearchNode;
  readonly #tdp: RunningEmulator;
  readonly #indexOf = new Map<string, { index: string; id: string }>();
  #touched = new Set<string>();

  constructor(node: SearchNode, tdp: RunningEmulator) {
    this.#node = node;
    this.#tdp = tdp;
  }

  /** Makes the indices, which show what is written after a second as TDP's do, and writes everything. */
  async begin(): Promise<void> {
    const fileIds = [...this.#tdp.lake.files()].map(({ fileId }) => fileId);
    const sample = this.#hits(fileIds.filter((_, at) => at % 97 === 0));
    for (const [index, properties] of Object.entries(mappingOf(sample))) {
      const settings = { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '1s' };
      await this.#node.done('PUT', `/${index}`, { settings, mappings: { properties } });
    }
    for (const fileId of fileIds) this.touch(fileId);
    await this.flush();
    await this.#node.done('POST', `/${ORG}_*/_refresh`);
  }

  /** A document is to be written again, or is gone. */
  touch(fileId: string): void {
    this.#touched.add(fileId);
  }

  /** Writes what has changed since. */
  async flush(): Promise<void> {
    const touched = [...this.#touched];
    this.#touched = new Set();
    for (let from = 0; from < touched.length; from += AT_ONCE)
      await this.#write(touched.slice(from, from + AT_ONCE));
  }

  async #write(fileIds: readonly string[]): Promise<void> {
    const found = new Map(this.#hits(fileIds).map((hit) => [String(hit._source?.['fileId']), hit]));
    const lines = fileIds.flatMap((fileId) => this.#lines(fileId, found.get(fileId)));
    if (lines.length === 0) return;
    const { text } = await this.#node.done('POST', '/_bulk', `${lines.join('\n')}\n`);
    if (text.includes('"errors":true')) throw new Error(text.slice(0, 2000));
  }

  #lines(fileId: string, hit: Hit | undefined): string[] {
    const held = this.#indexOf.get(fileId);
    if (hit === undefined) {
      this.#indexOf.delete(fileId);
      if (held === undefined) return [];
      return [JSON.stringify({ delete: { _index: held.index, _id: held.id } })];
    }
    const { _index, _id, _source } = hit;
    this.#indexOf.set(fileId, { index: _index, id: _id });
    return [JSON.stringify({ index: { _index, _id } }), JSON.stringify(_source)];
  }

  #hits(fileIds: readonly string[]): readonly Hit[] {
    return hitsOf(this.#tdp, {
      size: 10_000,
      query: { terms: { fileId: fileIds } },
      _source: LEAN,
    });
  }
}
