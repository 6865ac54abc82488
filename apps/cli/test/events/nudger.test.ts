import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { naming, Site } from './site.ts';

let site: Site;
beforeEach(() => {
  site = new Site();
});
afterEach(() => site.nudger[Symbol.asyncDispose]());

describe('events that name files', () => {
  it('bring these in at once, by each sync', async () => {
    site.shown.add('a');
    expect(site.nudger.take(naming('a'), 'http')).toBe('files');
    await site.pass(1000);
    expect(site.wanted).toEqual([
      { sync: 'lab', kind: 'event', fileIds: ['a'], atMs: 1000 },
      { sync: 'other', kind: 'event', fileIds: ['a'], atMs: 1000 },
    ]);
    await site.pass(3_600_000);
    expect(site.wanted).toHaveLength(2);
  });

  it('ten thousand in a burst make one job for each sync', async () => {
    for (let at = 0; at < 10_000; at += 1) {
      site.shown.add(`f${at}`);
      site.nudger.take(naming(`f${at}`), 'queue');
      // Each twice.
      site.nudger.take(naming(`f${at}`), 'queue');
    }
    await site.pass(1000);
    expect(site.wanted.map(({ sync, fileIds }) => [sync, fileIds?.length])).toEqual([
      ['lab', 10_000],
      ['other', 10_000],
    ]);
    expect(site.searches).toEqual(Array.from({ length: 20 }, () => 500));
    expect(site.nudger.counts).toEqual({
      ...{ taken: 20_000, malformed: 0, files: 10_000, waiting: 0, lastMs: 0 },
    });
  });

  it('are looked for again while the search does not show them, then left to the runs', async () => {
    site.nudger.take(naming('late', 'never'), 'http');
    await site.pass(5000);
    expect(site.wanted).toEqual([]);
    site.shown.add('late');
    await site.pass(600_000);
    expect(site.wanted.map(({ fileIds, atMs }) => [fileIds, atMs])).toEqual([
      [['late'], 14_000],
      [['late'], 14_000],
    ]);
    expect(site.searches).toEqual([2, 2, 2, 1]);
    expect(site.nudger.counts.waiting).toBe(0);
  });

  it('beyond as many as may wait, they only wake the runs', async () => {
    for (let at = 0; at < 20_000; at += 1) site.nudger.take(naming(`f${at}`), 'queue');
    expect(site.nudger.take(naming('f20000'), 'queue')).toBe('wake');
    expect(site.nudger.take(naming('f3'), 'queue')).toBe('files');
    expect(site.nudger.counts.waiting).toBe(20_000);
  });

  it('while TDP is away, they are left to the next run, and it is not asked again and again', async () => {
    site.isDown = true;
    site.nudger.take(naming('a'), 'http');
    await site.pass(1000);
    expect(site.log).toContain('left to the next run');
    site.isDown = false;
    await site.pass(600_000);
    expect(site.searches).toEqual([]);
    expect(site.wanted.map(({ sync, kind }) => `${sync} ${kind}`)).toEqual([
      'lab run',
      'other run',
    ]);
  });
});

describe('events that name none', () => {
  const wake = '{"detail-type":"something"}';

  it('wake each sync once what they are about has settled', async () => {
    expect(site.nudger.take(wake, 'http')).toBe('wake');
    await site.pass(60_999);
    expect(site.wanted).toEqual([]);
    await site.pass(1);
    expect(site.wanted).toEqual([
      { sync: 'lab', kind: 'run', fileIds: undefined, atMs: 61_000 },
      { sync: 'other', kind: 'run', fileIds: undefined, atMs: 61_000 },
    ]);
  });

  it('are gathered: a stream of them makes a run a minute, and the last of them is followed by one', async () => {
    site.names = ['lab'];
    for (let second = 0; second < 150; second += 1) {
      site.nudger.take(wake, 'queue');
      await site.pass(1000);
    }
    await site.pass(600_000);
    const at = site.wanted.map(({ atMs }) => atMs / 1000);
    expect(at).toEqual([61, 121, 181, 210]);
  });

  it('wake no sync that fails, since it is tried again by itself', async () => {
    site.failing.add('lab');
    site.nudger.take(wake, 'http');
    await site.pass(61_000);
    expect(site.wanted.map(({ sync }) => sync)).toEqual(['other']);
  });

  it('do nothing to a sync that has left meanwhile', async () => {
    site.nudger.take(wake, 'http');
    site.names = ['other'];
    await site.pass(61_000);
    expect(site.wanted.map(({ sync }) => sync)).toEqual(['other']);
  });
});

it('what nobody understands is counted, and changes nothing', async () => {
  expect(site.nudger.take('hello', 'http')).toBe('malformed');
  await site.pass(600_000);
  expect(site.wanted).toEqual([]);
  expect(site.nudger.counts).toMatchObject({ taken: 1, malformed: 1 });
  expect(await site.metrics.registry.metrics()).toContain(
    'tdp_sync_events_total{via="http",outcome="malformed"} 1',
  );
});
