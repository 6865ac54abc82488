import { describe, expect, it, vi } from 'vitest';

const NOW = Date.parse('2026-11-23T12:00:30.000Z');

/** A module of the page, which is JavaScript for browsers. */
async function pageModule<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../page/${name}`, import.meta.url).href)) as Module;
}

interface Format {
  span(seconds: number): string;
  roughly(seconds: number): string;
  relative(timeMs: number, nowMs: number): string;
  size(bytes: number): string;
  rate(value: number): string;
}

interface Slot {
  readonly fromMs: number;
  readonly lagSeconds: number | null;
  readonly filesPerMinute: number;
}

interface Point {
  readonly at: string;
  readonly lagSeconds: number | null;
  readonly files: number;
  readonly bytes: number;
}

interface Sync {
  readonly state: string;
  readonly failing: number;
  readonly lastVerify: { readonly differences: number; readonly failed: number } | null;
}

describe('format', async () => {
  const { span, roughly, relative, size, rate } = await pageModule<Format>('format.js');

  it.each([
    [0, '0 s'],
    [0.2, '<1 s'],
    [59.6, '1 min'],
    [65, '1 min 5 s'],
    [3600, '1 h'],
    [9_660, '2 h 41 min'],
    [86_399.9, '1 d'],
    [90_000_000, '1,041 d 16 h'],
  ])('a span of %d seconds is %s', (seconds, text) => expect(span(seconds)).toBe(text));

  it.each([
    [20, 'under a minute'],
    [600, 'about 10 min'],
    [7200, 'about 2 h'],
    [200_000, 'about 2 d'],
  ])('%d seconds are %s', (seconds, text) => expect(roughly(seconds)).toBe(text));

  it.each([
    [0, 'now'],
    [-59, '59 s ago'],
    [-90, '1 min ago'],
    [3 * 3600 + 60, 'in 3 h 1 min'],
    [-49 * 3600, '2 d ago'],
  ])('%d seconds from now is %s', (seconds, text) =>
    expect(relative(NOW + seconds * 1000, NOW)).toBe(text),
  );

  it('shortens sizes and rates', () => {
    expect([0, 1023, 1536, 5e8].map(size)).toEqual(['0 B', '1023 B', '1.5 KB', '477 MB']);
    expect([0, 0.25, 9.96, 1234.5].map(rate)).toEqual(['0', '0.3', '10.0', '1,235']);
  });
});

describe('the facts of a sync', async () => {
  const { showFacts } = await pageModule<{
    showFacts(list: object, sync: object): void;
  }>('facts.js');
  const SYNC = {
    ...{ lagSeconds: 0, watermark: null, newestInTdp: null, nextRunAt: null, state: 'paused' },
    ...{ failing: 0, lastVerify: null, lastSweep: null },
  };

  /** What is written into a page that can show no times. */
  function factsOf(sync: object): readonly string[] {
    const values = Array.from({ length: 20 }, () => ({ textContent: '' }));
    const children = values.map((value) => ({ lastElementChild: { children: [value, {}] } }));
    vi.stubGlobal('HTMLElement', class {});
    showFacts({ children }, { ...SYNC, ...sync });
    vi.unstubAllGlobals();
    return values.map(({ textContent }) => textContent).filter((text) => text !== '');
  }

  it.each([
    [null, 'None'],
    [{ until: 'x', left: 17, jobs: [{}, {}] }, '17 slices left, 2 at work'],
    [{ until: 'x', left: 1, jobs: [] }, '1 slice left, 0 at work'],
  ])('backlog: %j is shown as %s', (backlog, text) =>
    expect(factsOf({ clocks: null, backlog, watermark: 'x', newestInTdp: 'x' })).toContain(text),
  );

  it.each([
    [null, 'Not known yet'],
    [{ differenceSeconds: 1, troubles: [] }, '1 s apart'],
    [{ differenceSeconds: -65, troubles: [] }, '1 min 5 s apart'],
    [
      { differenceSeconds: 7200, troubles: ["this machine's clock is 2 h behind TDP's", 'b'] },
      "This machine's clock is 2 h behind TDP's; b.",
    ],
  ])('clocks: %j is shown as %s', (clocks, text) =>
    expect(factsOf({ clocks, backlog: null, watermark: 'x', newestInTdp: 'x' })).toContain(text),
  );
});

describe('the open window', async () => {
  const { shareBefore } = await pageModule<{ shareBefore(after: string | null): number }>('job.js');

  it('is read in the order of its random fileIds, so that the last one says how far', () => {
    expect(shareBefore(null)).toBe(0);
    expect(shareBefore('80000000-0000-4000-8000-000000000000')).toBe(0.5);
    expect(shareBefore('80000000-0000-7000-8000-000000000000')).toBeUndefined();
    expect(shareBefore('some-file')).toBeUndefined();
  });
});

describe('the slots of a chart', async () => {
  const { slotsOf } = await pageModule<{
    slotsOf(history: readonly Point[], nowMs: number): readonly Slot[];
  }>('series.js');
  const point = (minutesAgo: number, files: number, lagSeconds: number | null): Point => ({
    ...{ files, lagSeconds, bytes: files * 10 },
    at: new Date(Math.floor(NOW / 60_000) * 60_000 - minutesAgo * 60_000).toISOString(),
  });

  it('are an hour of minutes at least, and end now', () => {
    for (const history of [[], [point(0, 1, 0)]]) {
      const slots = slotsOf(history, NOW);
      expect(slots).toHaveLength(60);
      expect(slots.at(-1)?.fromMs).toBe(NOW - 30_000);
    }
  });

  it('keep the lag where nothing happened, and do not invent one before the first', () => {
    const slots = slotsOf([point(50, 4, 300), point(20, 2, 0)], NOW);
    const ago = (minutes: number): Slot | undefined => slots.at(-1 - minutes);
    expect(ago(55)?.lagSeconds).toBeNull();
    expect(ago(50)).toMatchObject({ lagSeconds: 300, filesPerMinute: 4 });
    expect(ago(21)).toMatchObject({ lagSeconds: 300, filesPerMinute: 0 });
    expect(ago(0)).toMatchObject({ lagSeconds: 0, filesPerMinute: 0 });
  });

  it('lose no file when they are longer than a minute, and are never more than 73', () => {
    const history = Array.from({ length: 720 }, (_, at) => point(719 - at, at % 7, at));
    const files = history.reduce((sum, one) => sum + one.files, 0);
    const slots = slotsOf(history, NOW);
    expect(slots.length).toBeLessThanOrEqual(73);
    const step = ((slots[1]?.fromMs ?? 0) - (slots[0]?.fromMs ?? 0)) / 60_000;
    const last = slots.at(-1);
    const lastMinutes = (NOW - 30_000 - (last?.fromMs ?? 0)) / 60_000 + 1;
    const sum = slots.reduce(
      (total, slot) => total + slot.filesPerMinute * (slot === last ? lastMinutes : step),
      0,
    );
    expect(Math.round(sum)).toBe(files);
    expect(last?.lagSeconds).toBe(719);
  });
});

it('the months of a first load leave something of the minutes of every day', async () => {
  const { lagHeight } = await pageModule<{ lagHeight(seconds: number, most: number): number }>(
    'series.js',
  );
  const year = 365 * 86_400;
  expect(lagHeight(year, year)).toBe(1);
  expect(lagHeight(900, year)).toBeGreaterThan(0.3);
  expect(lagHeight(0, year)).toBe(0);
  expect(lagHeight(0, 0)).toBe(0);
});

describe('the headline', async () => {
  const { badge, hasNoFile, headline, subline, worst, troubles } = await pageModule<{
    badge(sync: Sync): string;
    headline(service: { ready: boolean }, syncs: readonly Sync[]): string;
    subline(syncs: readonly Sync[]): string;
    hasNoFile(sync: object): boolean;
    worst(service: { ready: boolean; progressing: boolean }, syncs: readonly Sync[]): string;
    troubles(service: object, nowMs: number): readonly string[];
  }>('states.js');
  const all = { ready: true, progressing: true };
  const syncs = (...states: readonly string[]): readonly Sync[] =>
    states.map((state) => ({ state, failing: 0, lastVerify: null }));

  it.each([
    [['up-to-date'], 'Up to date', 'up-to-date'],
    [['starting'], 'Not yet up to date', 'starting'],
    [['failing'], 'The sync is failing', 'failing'],
    [['up-to-date', 'up-to-date'], 'All 2 syncs up to date', 'up-to-date'],
    [['up-to-date', 'paused'], '1 of 2 syncs up to date', 'paused'],
    [['up-to-date', 'attention'], 'All 2 syncs up to date', 'attention'],
    [['attention', 'paused'], '1 of 2 syncs up to date', 'attention'],
    [['paused', 'catching-up', 'starting'], '0 of 3 syncs up to date', 'catching-up'],
    [['up-to-date', 'failing', 'paused'], '1 of 3 syncs failing', 'failing'],
  ])('of %j is %s', (states, text, state) => {
    expect(headline(all, syncs(...states))).toBe(text);
    expect(worst(all, syncs(...states))).toBe(state);
  });

  it('a sync has no file where TDP was asked and has shown none, and not because the service has just begun', () => {
    const empty = { state: 'up-to-date', newestInTdp: null, watermark: null };
    const at = '2026-03-01T08:15:00.000Z';
    expect(hasNoFile(empty)).toBe(true);
    expect(hasNoFile({ ...empty, state: 'starting' })).toBe(false);
    expect(hasNoFile({ ...empty, watermark: at })).toBe(false);
    expect(hasNoFile({ ...empty, newestInTdp: at })).toBe(false);
  });

  it('says what has failed and what differs, and looks less than well then', () => {
    const one = { state: 'attention', failing: 99, lastVerify: null };
    const other = { state: 'attention', failing: 0, lastVerify: { differences: 3, failed: 2 } };
    expect(headline(all, [one])).toBe('Up to date, 99 failed');
    expect(badge(one)).toBe('Up to date, 99 failed');
    expect(badge(other)).toBe('Up to date, 1 difference');
    const calm = { state: 'up-to-date', failing: 0, lastVerify: { differences: 0, failed: 0 } };
    expect(headline(all, [one, other, calm])).toBe(
      'All 3 syncs up to date, 99 failed, 1 difference',
    );
    expect(badge(calm)).toBe('Up to date');
    expect(subline([one])).toBe('All other files are in the database');
    expect(subline([other])).toBe('no failed files');
    expect(subline([one, calm])).toBe('1 needs a look, 1 up to date, 99 failed files');
    expect(worst(all, [calm, other])).toBe('attention');
  });

  it('never looks well when the service does not', () => {
    const fine = syncs('up-to-date');
    expect(headline({ ready: false }, fine)).toBe('Not ready');
    expect(worst({ ready: false, progressing: true }, fine)).toBe('failing');
    expect(worst({ ready: true, progressing: false }, fine)).toBe('failing');
  });

  it.each([
    [-3_600_000, 'TDP’s token expired 1 h ago: renew it in the auth file.'],
    [6 * 86_400_000, 'TDP’s token expires in 6 d: renew it in the auth file.'],
    [8 * 86_400_000, undefined],
  ])('warns of a token that expires in %d ms', (inMs, text) => {
    const tokenExpiresAt = new Date(NOW + inMs).toISOString();
    const found = troubles(
      {
        reasons: [],
        config: { reloadError: null },
        source: { tokenExpiresAt },
        copies: [],
        events: null,
        replicas: null,
      },
      NOW,
    );
    expect(found[0]).toBe(text);
  });

  it('says what keeps a copy for readers from being made, and events from being read', () => {
    const copies = [{ error: null }, { error: 'the disk is full' }];
    const source = { tokenExpiresAt: null };
    const events = { queue: { error: 'AccessDenied' } };
    const config = { reloadError: null };
    const found = troubles({ reasons: [], config, source, copies, events }, NOW);
    expect(found).toEqual(['the disk is full', 'The queue of events cannot be read: AccessDenied']);
  });
});
