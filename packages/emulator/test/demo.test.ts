import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEmulator, type Emulator, LabWork, seedDemoLab } from '../src/index.ts';
import { Clock, search } from './support.ts';

const END = Date.UTC(2026, 8, 1);

function demo(now: number): Emulator {
  const emulator = createEmulator({ now: () => now });
  seedDemoLab(emulator.lake);
  return emulator;
}

function fingerprint(emulator: Emulator): string {
  const hash = createHash('sha256');
  for (const entry of [...emulator.lake.truth().values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  )) {
    hash.update(
      `${entry.fileId} ${entry.path} ${entry.indexedAt} ${entry.digest} ${JSON.stringify(entry.labels)}\n`,
    );
  }
  return hash.digest('hex');
}

describe('the demo lab', () => {
  const emulator = demo(END);

  it('is the same every day, in every process', () => {
    expect(fingerprint(demo(END))).toBe(fingerprint(emulator));
    expect(fingerprint(demo(END + 86_400_000 * 100))).toBe(fingerprint(emulator));
  });

  it('holds hundreds of documents of several kinds, with versions and deletes', () => {
    const kinds = search(emulator, {
      size: 0,
      aggs: {
        kinds: { terms: { field: 'idsType' } },
        categories: { terms: { field: 'category' } },
      },
    }).aggregations;
    expect(kinds.kinds.buckets.map((bucket: { key: string }) => bucket.key).sort()).toEqual([
      'cell-counter',
      'lcuv-empower',
      'plate-reader',
    ]);
    const counts = new Map(
      kinds.categories.buckets.map((bucket: { key: string; doc_count: number }) => [
        bucket.key,
        bucket.doc_count,
      ]),
    );
    expect(counts.get('IDS')).toBeGreaterThan(370);
    expect(counts.get('IDS')).toBeLessThan(400);
    expect(counts.get('RAW')).toBeGreaterThan(430);
    expect(emulator.lake.size).toBeGreaterThan(880);
  });

  it('is indexed within 90 days before its end, and not in the order of creation', () => {
    const { hits } = search(emulator, {
      size: 10_000,
      _source: ['indexedAt', 'createdAt'],
      sort: ['indexedAt'],
    }).hits;
    const stamps = hits.map((hit) => Date.parse(hit._source.indexedAt));
    expect(Math.min(...stamps)).toBeGreaterThan(END - 90 * 86_400_000);
    expect(Math.max(...stamps)).toBeLessThan(END);
    const created = hits.map((hit) => hit._source.createdAt);
    expect(created).not.toEqual(created.toSorted());
  });

  it('keeps the conventions of IDS documents', () => {
    for (const file of emulator.lake.files()) {
      if (file.attributes.category !== 'IDS') continue;
      const document = JSON.parse(Buffer.from(file.content).toString());
      const ids = `${document['@idsNamespace']}/${document['@idsType']}:${document['@idsVersion']}`;
      expect(ids).toBe(file.attributes.ids);
      expect(emulator.lake.get(file.rawFileId ?? '')?.traceId).toBe(file.traceId);
      for (const cube of document.datacubes) {
        const shape = cube.dimensions.map(
          (dimension: { scale: number[] }) => dimension.scale.length,
        );
        for (const { value } of cube.measures) {
          expect(value).toHaveLength(shape[0]);
          if (shape.length > 1)
            expect(value.every((row: unknown[]) => row.length === shape[1])).toBe(true);
        }
      }
    }
  });
});

describe('a lab at work', () => {
  it('goes on by the clock: things arrive, change and go', () => {
    const clock = new Clock();
    const emulator = createEmulator({ now: clock.now });
    const work = new LabWork(emulator.lake, { now: clock.now });
    const happened = new Set<string>();
    for (let step = 0; step < 200; step++) {
      clock.pass(2_000);
      happened.add(work.step());
    }
    clock.pass(60_000);
    expect([...happened].sort()).toEqual(['deleted', 'labelled', 'measured', 'reprocessed']);
    const { total } = search(emulator, { size: 0 }).hits;
    expect(total).toBe(emulator.lake.truth().size);
    expect(total).toBeGreaterThan(150);
  });
});
