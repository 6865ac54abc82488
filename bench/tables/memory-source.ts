import type { FileHit, FileQuery, Source, Survey } from '@tdp-sync/core';

interface Held {
  readonly hit: FileHit;
  readonly content: Buffer;
  readonly indexedMs: number;
}

/** TDP in memory: nothing is sent, unpacked or waited for. */
export class MemorySource implements Source {
  nowMs = Date.UTC(2026, 0, 1);
  /** In order of fileId. */
  readonly #held: Held[] = [];

  /** Adds files, each with the next content of the corpus. They are indexed two minutes ago. */
  add(contents: readonly Buffer[], files: number): void {
    const indexedMs = this.nowMs - 120_000;
    for (let n = 0; n < files; n += 1) {
      const content = contents[n % contents.length] ?? Buffer.alloc(0);
      this.#held.push({ hit: hitOf(this.#held.length, content, indexedMs), content, indexedMs });
    }
  }

  async survey(query: FileQuery): Promise<Survey> {
    const times = this.#matching(query).map(({ indexedMs }) => indexedMs);
    return {
      count: times.length,
      oldestMs: times.at(0),
      newestMs: times.at(-1),
      nowMs: this.nowMs,
    };
  }

  async page(
    query: FileQuery,
    after: string | undefined,
    size: number,
  ): Promise<readonly FileHit[]> {
    const from = after === undefined ? 0 : Number.parseInt(after, 16) + 1;
    return this.#matching(query, from, size).map(({ hit }) => hit);
  }

  async retrieve({ fileId }: FileHit): Promise<Buffer> {
    const held = this.#held[Number.parseInt(fileId, 16)];
    if (held === undefined) throw new Error(`There is no file ${fileId}.`);
    return held.content;
  }

  async presence(): Promise<'present'> {
    return 'present';
  }

  #matching({ indexed, fileIds }: FileQuery, from = 0, size = Number.POSITIVE_INFINITY): Held[] {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = indexed ?? {};
    const wanted = fileIds === undefined ? undefined : new Set(fileIds);
    const found: Held[] = [];
    for (let n = from; n < this.#held.length && found.length < size; n += 1) {
      const held = this.#held[n];
      if (held === undefined || held.indexedMs < fromMs || held.indexedMs >= toMs) continue;
      if (wanted?.has(held.hit.fileId) ?? true) found.push(held);
    }
    return found;
  }
}

function hitOf(number: number, { length }: Buffer, indexedMs: number): FileHit {
  const fileId = number.toString(16).padStart(32, '0');
  const time = new Date(indexedMs).toISOString();
  return {
    fileId,
    category: 'IDS',
    filePath: `/bench/${fileId}.json`,
    bucket: 'lake',
    path: `bench/source/IDS/bench/${fileId}.json`,
    // As stored, which is compressed.
    size: Math.ceil(length / 4),
    checksum: fileId,
    ids: undefined,
    idsType: undefined,
    idsVersion: undefined,
    sourceId: 'source',
    sourceName: 'Bench',
    sourceType: 'bench',
    integrationType: 'datapipeline',
    traceId: fileId,
    rawFileId: fileId,
    labels: [{ name: 'project', value: 'bench' }],
    metadata: undefined,
    tags: undefined,
    createdAt: time,
    indexedAt: time,
    outdated: false,
    deleted: false,
  };
}
