import { describe, expect, it } from 'vitest';
import type { Emulator } from '../src/index.ts';
import { get, lab, names, parsed, put, START, search } from './support.ts';

function shown(
  emulator: Emulator,
): { fileId: string; outdated: boolean; deleted?: boolean; indexedAt?: string }[] {
  const found = search(emulator, {
    size: 100,
    _source: ['fileId', 'outdated', 'deleted', 'indexedAt'],
    sort: ['fileId'],
  });
  return found.hits.hits.map((hit) => hit._source);
}

function ids(emulator: Emulator): string[] {
  return shown(emulator).map(({ fileId }) => fileId);
}

describe('versions', () => {
  it('a put at the same key is a new version with a new fileId, and the old one vanishes', () => {
    const { emulator } = lab();
    const first = put(emulator, 'a', { data: { v: 1 } });
    const second = put(emulator, 'a', { data: { v: 2 } });
    expect(second.fileId).not.toBe(first.fileId);
    expect(second.path).toBe(first.path);
    expect(first.path).toBe(`example-lab/${first.attributes.source.id}/IDS/a.json`);
    expect(ids(emulator)).toEqual([second.fileId]);
    expect(first.superseded).toBe(true);
    expect(emulator.lake.versions(first.path)).toEqual([first, second]);
    expect([...emulator.lake.files()]).toEqual([second]);
  });

  it.each([true, false])('a file is rolled back (with a new stamp: %s)', (restamp) => {
    const { emulator, clock } = lab();
    const first = put(emulator, 'a', { data: { v: 1 } });
    const stamp = first.indexedAt;
    clock.pass(60_000);
    const second = put(emulator, 'a', { data: { v: 2 } });
    clock.pass(60_000);
    emulator.lake.rollBack(first.path, { restamp });
    expect(ids(emulator)).toEqual([first.fileId]);
    expect(emulator.lake.versions(first.path)).toEqual([first]);
    expect([...emulator.lake.files()]).toEqual([first]);
    expect(first.indexedAt).toBe(restamp ? clock.now() : stamp);
    expect(get(emulator, `/v1/fileinfo/file/${second.fileId}`).status).toBe(404);
    expect(() => emulator.lake.rollBack(first.path)).toThrow('no earlier version');
  });

  it('a file that is moved to another bucket is found and given from there', () => {
    const { emulator } = lab();
    const { fileId, indexedAt } = put(emulator, 'a');
    emulator.lake.move(fileId, 'another');
    const [hit] = search(emulator, { _source: ['file', 'fileId', 'indexedAt'] }).hits.hits;
    expect(hit?._source).toMatchObject({ fileId, file: { bucket: 'another' } });
    expect(emulator.lake.get(fileId)?.indexedAt).toBe(indexedAt);
    const url = parsed(get(emulator, `/v1/datalake/retrieve?fileId=${fileId}&getPresigned=true`));
    expect(get(emulator, String(url.url)).status).toBe(200);
  });

  it('another category or source is another file', () => {
    const { emulator } = lab();
    put(emulator, 'a');
    emulator.lake.put({ path: '/a.json', category: 'RAW', content: 'x' });
    put(emulator, 'a', { source: { id: 'another' } });
    expect(ids(emulator)).toHaveLength(3);
  });

  it('the old one may stay flagged', () => {
    const { emulator } = lab({ switches: { showOutdated: 'flag' } });
    const first = put(emulator, 'a');
    const second = put(emulator, 'a');
    expect(new Map(shown(emulator).map(({ fileId, outdated }) => [fileId, outdated]))).toEqual(
      new Map([
        [first.fileId, true],
        [second.fileId, false],
      ]),
    );
    expect([...emulator.lake.files()]).toEqual([second]);
  });

  it.each(['with-new', 'at-once'] as const)('the old one leaves %s', (supersededVanishes) => {
    const { emulator, clock } = lab({ switches: { supersededVanishes } });
    const first = put(emulator, 'a');
    const second = put(emulator, 'a', { indexedAfterMs: 60_000 });
    expect(ids(emulator)).toEqual(supersededVanishes === 'with-new' ? [first.fileId] : []);
    clock.pass(60_000);
    expect(ids(emulator)).toEqual([second.fileId]);
  });

  it.each(['hide', 'flag'] as const)(
    'an old version not yet indexed is not shown by a newer one (%s)',
    (showOutdated) => {
      const { emulator } = lab({ switches: { supersededVanishes: 'at-once', showOutdated } });
      put(emulator, 'a', { indexedAfterMs: 60_000 });
      put(emulator, 'a', { indexedAfterMs: 90_000 });
      expect(ids(emulator)).toEqual([]);
    },
  );

  it('an older version that is indexed late stays out of sight', () => {
    const { emulator, clock } = lab();
    put(emulator, 'a', { indexedAfterMs: 900_000 });
    const second = put(emulator, 'a', { indexedAfterMs: 10_000 });
    clock.pass(1_000_000);
    expect(ids(emulator)).toEqual([second.fileId]);
  });

  it('a version of another IDS version goes to another index', () => {
    const { emulator } = lab();
    put(emulator, 'a', { ids: 'common/thing:v8.0.0' });
    put(emulator, 'a', { ids: 'common/thing:v9.0.0' });
    expect(search(emulator, { _source: false }).hits.hits.map((hit) => hit._index)).toEqual([
      'example-lab_ids_thing_v9.0.0',
    ]);
  });

  it('re-indexing an old version may revive it, with a later stamp than the new one', () => {
    const { emulator, clock } = lab({ switches: { reindexRevives: true } });
    const first = put(emulator, 'a');
    const second = put(emulator, 'a');
    clock.pass(5_000);
    emulator.lake.reindex(first.fileId);
    expect(ids(emulator).sort()).toEqual([first.fileId, second.fileId].sort());
    expect([...emulator.lake.files()]).toEqual([second]);
  });

  it('re-indexing an old version otherwise shows nothing', () => {
    const { emulator } = lab();
    const first = put(emulator, 'a');
    const second = put(emulator, 'a');
    emulator.lake.reindex(first.fileId);
    expect(ids(emulator)).toEqual([second.fileId]);
  });
});

describe('time', () => {
  it('a file is found once it is indexed and the index is refreshed', () => {
    const { emulator, clock } = lab({ switches: { visibilityDelayMs: 1_000 } });
    put(emulator, 'a', { indexedAfterMs: 60_000 });
    clock.pass(60_999);
    expect(ids(emulator)).toEqual([]);
    expect(emulator.lake.nextChangeAt).toBe(START + 61_000);
    clock.pass(1);
    expect(shown(emulator)[0]?.indexedAt).toBe(new Date(START + 60_000).toISOString());
  });

  it('a late file appears behind the back of whoever has read that time', () => {
    const { emulator, clock } = lab();
    put(emulator, 'a', { visibleAfterMs: 3_600_000 });
    clock.pass(3_600_000);
    expect(shown(emulator)[0]?.indexedAt).toBe(new Date(START).toISOString());
  });

  it('createdAt is cut to whole seconds', () => {
    const { emulator, clock } = lab();
    clock.pass(1_234);
    expect(put(emulator, 'a').createdAt).toBe(START + 1_000);
  });

  it('a share of files may have no indexedAt', () => {
    const { emulator } = lab({ switches: { missingIndexedAt: 1 } });
    put(emulator, 'a');
    expect(shown(emulator)[0]).not.toHaveProperty('indexedAt');
    expect(names(emulator, { range: { indexedAt: { gte: '2000-01-01' } } })).toEqual([]);
  });
});

describe('changes', () => {
  it.each([true, false])('labels, re-stamping: %s', (labelsRestampIndexedAt) => {
    const { emulator, clock } = lab({ switches: { labelsRestampIndexedAt } });
    const file = put(emulator, 'a');
    clock.pass(5_000);
    emulator.lake.label(file.fileId, [{ name: 'n', value: 'v' }]);
    const [hit] = search(emulator, { _source: ['labels', 'indexedAt'] }).hits.hits;
    expect(hit?._source).toEqual({
      labels: [{ name: 'n', value: 'v' }],
      indexedAt: new Date(START + (labelsRestampIndexedAt ? 5_000 : 0)).toISOString(),
    });
  });

  it('labels of a bulk file wait for the refresh like any other', () => {
    const { emulator, clock } = lab({ switches: { visibilityDelayMs: 1_000 } });
    const [file] = emulator.lake.addBulk({
      count: 3,
      indexedFrom: START - 9_000,
      indexedTo: START,
    });
    emulator.lake.label(file?.fileId ?? '', [{ name: 'n', value: 'v' }]);
    const labelled = { nested: { path: 'labels', query: { term: { 'labels.name': 'n' } } } };
    expect(names(emulator, labelled)).toEqual([]);
    clock.pass(1_000);
    expect(names(emulator, labelled)).toEqual(['000000000']);
    expect(ids(emulator)).toHaveLength(3);
  });

  it('labels put on a file that is not indexed yet do not show it early', () => {
    const { emulator, clock } = lab();
    const file = put(emulator, 'a', { indexedAfterMs: 60_000 });
    clock.pass(1_000);
    emulator.lake.label(file.fileId, []);
    expect(ids(emulator)).toEqual([]);
    clock.pass(59_000);
    expect(shown(emulator)[0]?.indexedAt).toBe(new Date(START + 60_000).toISOString());
  });

  it('a delete takes the file out of the search without a trace', () => {
    const { emulator } = lab();
    const file = put(emulator, 'a');
    emulator.lake.delete(file.fileId);
    expect(ids(emulator)).toEqual([]);
    expect(emulator.lake.truth().size).toBe(0);
    emulator.lake.restore(file.fileId);
    expect(ids(emulator)).toEqual([file.fileId]);
  });

  it('a delete may only flag it', () => {
    const { emulator } = lab({ switches: { softDeleted: 'flag' } });
    emulator.lake.delete(put(emulator, 'a').fileId);
    expect(shown(emulator)[0]?.deleted).toBe(true);
    expect(emulator.lake.truth().size).toBe(0);
  });

  it('lineage changes the document without a stamp', () => {
    const { emulator, clock } = lab();
    const file = put(emulator, 'a');
    clock.pass(5_000);
    emulator.lake.touchLineage(file.fileId);
    const [hit] = search(emulator, {}).hits.hits;
    expect(hit?._source.indexedAt).toBe(new Date(START).toISOString());
    expect(hit?._source.enhancedSearchContext.lineageFts[0]).toContain('changed 1 times');
  });

  it('a share of files may be shown twice, under one fileId', () => {
    const { emulator } = lab({ switches: { duplicateFileIds: 1 } });
    const file = put(emulator, 'a');
    const hits = search(emulator, { _source: ['fileId'] }).hits.hits;
    expect(hits.map((hit) => hit._source.fileId)).toEqual([file.fileId, file.fileId]);
    expect(new Set(hits.map((hit) => hit._id)).size).toBe(2);
    expect(emulator.lake.truth().size).toBe(1);
  });

  it('a bulk file gets versions like any other', () => {
    const { emulator } = lab();
    const [file] = emulator.lake.addBulk({ count: 2, indexedFrom: START - 9, indexedTo: START });
    const newer = emulator.lake.put({
      path: file?.filePath ?? '',
      category: 'IDS',
      source: file?.attributes.source ?? {},
      content: { changed: true },
    });
    expect(newer.path).toBe(file?.path);
    expect(ids(emulator)).not.toContain(file?.fileId);
    expect(ids(emulator)).toHaveLength(2);
  });
});

describe('access', () => {
  it('a rule shows a token fewer files, without an error', () => {
    const { emulator } = lab();
    put(emulator, 'a');
    const hidden = put(emulator, 'b', { labels: [{ name: 'secret', value: 'yes' }] });
    const all = ids(emulator);
    emulator.restrict(emulator.token, (file) => file.labels.every(({ name }) => name !== 'secret'));
    expect(ids(emulator)).toEqual(all.filter((id) => id !== hidden.fileId));
    expect(get(emulator, `/v1/datalake/retrieve?fileId=${hidden.fileId}`).status).toBe(403);
    emulator.lake.label(hidden.fileId, []);
    expect(ids(emulator)).toEqual(all);
  });

  it('another token is not answered from the answers for this one', () => {
    const { emulator } = lab();
    put(emulator, 'a');
    const other = emulator.issueToken({ rule: () => false });
    const total = (token: string): number =>
      parsed(
        emulator.handle({
          method: 'POST',
          url: '/v1/datalake/searchEql',
          headers: { 'ts-auth-token': token, 'x-org-slug': emulator.org },
          body: new Uint8Array(),
        }),
      ).hits.total;
    expect([total(emulator.token), total(other), total(emulator.token)]).toEqual([1, 0, 1]);
  });

  it('hiding and showing changes no stamp', () => {
    const { emulator } = lab();
    const file = put(emulator, 'a');
    const before = shown(emulator);
    emulator.lake.hide(file.fileId);
    expect(shown(emulator)).toEqual([]);
    emulator.lake.show(file.fileId);
    expect(shown(emulator)).toEqual(before);
  });
});

describe('truth', () => {
  it('knows digests and attributes', () => {
    const { emulator } = lab();
    const file = emulator.lake.put({
      path: '/a.txt',
      category: 'RAW',
      content: 'hello',
      labels: [{ name: 'n', value: 'v' }],
    });
    expect(emulator.lake.truth().get(file.path)).toMatchObject({
      fileId: file.fileId,
      bucket: 'tdp-example-lab-datalake',
      path: file.path,
      indexedAt: START,
      labels: [{ name: 'n', value: 'v' }],
      digest: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
  });

  it('is the same in every emulator of a seed', () => {
    const ids = (seed: number): string[] => {
      const { emulator } = lab({ seed });
      return [put(emulator, 'a').fileId, put(emulator, 'b').fileId];
    };
    expect(ids(5)).toEqual(ids(5));
    expect(ids(5)).not.toEqual(ids(6));
  });
});
