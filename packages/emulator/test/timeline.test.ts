import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Doc } from '../src/lake/doc.ts';
import { IndexStore } from '../src/lake/index-store.ts';
import { Timeline } from '../src/lake/timeline.ts';
import { fileIdOf, versionIdOf } from '../src/lake/version-id.ts';
import { nextUuid, seededRandom } from '../src/random.ts';
import { lab, put } from './support.ts';

describe('the timeline', () => {
  it('runs what is due in the order of time, of equal times the first told first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 })),
        fc.integer({ min: 0, max: 20 }),
        (times, now) => {
          const timeline = new Timeline();
          const ran: [number, number][] = [];
          for (const [order, time] of times.entries())
            timeline.at(time, () => ran.push([time, order]));
          const planned = times.map((time, order): [number, number] => [time, order]);
          planned.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          timeline.advance(now);
          expect(ran).toEqual(planned.filter(([time]) => time <= now));
          expect(timeline.nextAt).toBe(planned.find(([time]) => time > now)?.[0]);
          timeline.advance(20);
          expect(ran).toEqual(planned);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('the index', () => {
  it('keeps both orders through every change', () => {
    const { emulator } = lab();
    const { file } = { file: put(emulator, 'a') };
    const [source] = emulator.lake.index.all();
    if (source === undefined) throw new Error(`${file.fileId} is not shown`);
    const doc = fc.record({
      fileId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      indexedAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      twin: fc.boolean(),
    });
    const change = fc.oneof(doc, fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const store = new IndexStore(() => 'all');
        for (const next of changes) {
          if (typeof next === 'string') store.remove(next);
          else store.put({ ...source, ...next } as Doc);
        }
        const all = [...store.all()];
        const key = (one: Doc): string => `${one.fileId}${Number(one.twin)}`;
        expect(store.byId.map(key)).toEqual(all.map(key).sort());
        const stamped = all.filter((one) => one.indexedAt !== undefined);
        const stamp = (one: Doc): string => `${one.indexedAt}${key(one)}`;
        expect(store.byStamp.map(stamp)).toEqual(stamped.map(stamp).sort());
      }),
      { seed: 1 },
    );
  });
});

describe('version ids', () => {
  it('can be turned back', () => {
    const random = seededRandom(9);
    const ids = Array.from({ length: 500 }, () => nextUuid(random));
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(versionIdOf(id)).toMatch(/^[A-Za-z0-9._]{32}$/);
      expect(fileIdOf(versionIdOf(id))).toBe(id);
    }
    expect(fileIdOf('x'.repeat(32))).toBeUndefined();
    expect(fileIdOf('')).toBeUndefined();
  });
});
