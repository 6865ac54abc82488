import { expect, test } from 'vitest';
import { formatState, NO_REDACTION, parseState, type SyncState } from '../../src/position/state.ts';
import { fc } from '../property.ts';

const time = fc.integer({ min: -3_600_000, max: 4e12 });
const states: fc.Arbitrary<SyncState> = fc.record({
  watermarkMs: fc.option(time, { nil: undefined }),
  startMs: time,
  open: fc.option(
    fc.record({ fromMs: time, toMs: time, after: fc.option(fc.uuid(), { nil: undefined }) }),
    { nil: undefined },
  ),
  slices: fc.option(
    fc.record({
      id: fc.string({ maxLength: 8 }),
      first: fc.nat(),
      cuts: fc.array(time, { minLength: 2, maxLength: 5 }),
      tailMs: time,
    }),
    { nil: undefined },
  ),
  scope: fc.string({ maxLength: 8 }),
  mapping: fc.record({
    hash: fc.string({ maxLength: 8 }),
    revision: fc.nat(),
    isApplied: fc.boolean(),
    redaction: fc.oneof(
      fc.constant(NO_REDACTION),
      fc.record({ hash: fc.string({ maxLength: 8 }), since: fc.nat(), first: fc.nat() }),
    ),
  }),
  inherited: fc.nat(),
  hasEpochs: fc.boolean(),
  isFrozen: fc.boolean(),
  hasHistory: fc.boolean(),
  clocks: fc.option(
    fc.record({
      ...{ provenMs: time, dateMs: time, localMs: time },
      confirmedMs: fc.option(time, { nil: undefined }),
    }),
    { nil: undefined },
  ),
  sweep: fc.option(
    fc.record({ atMs: time, listed: fc.nat(), missing: fc.nat(), deleted: fc.nat() }),
    { nil: undefined },
  ),
  verification: fc.option(fc.record({ atMs: time, differences: fc.nat(), failed: fc.nat() }), {
    nil: undefined,
  }),
  run: fc.uuid(),
  commits: fc.nat(),
});

test('what was written is read again', () => {
  fc.assert(
    fc.property(states, (state) => {
      expect(parseState(formatState(state))).toEqual(state);
    }),
  );
});

test('different states have different texts', () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(formatState(a) === formatState(b)).toBe(same);
      expect(formatState({ ...a, commits: a.commits + 1 })).not.toBe(formatState(a));
      expect(formatState({ ...a, run: b.run })).not.toBe(a.run === b.run ? '' : formatState(a));
    }),
  );
});

test('anything else is refused', () => {
  const text = formatState({
    ...{ watermarkMs: 1, startMs: 0, open: undefined, slices: undefined, scope: 's' },
    ...{
      mapping: { hash: 'm', revision: 0, isApplied: true, redaction: NO_REDACTION },
      inherited: 0,
      hasEpochs: true,
      isFrozen: false,
      hasHistory: false,
      clocks: undefined,
      sweep: undefined,
      verification: undefined,
      run: 'r',
      commits: 1,
    },
  });
  const changed = (change: object): string => JSON.stringify({ ...JSON.parse(text), ...change });
  const refused = [
    ...['', 'null', '[]', '{}', text.slice(0, -1), `${text}}`],
    ...[changed({ version: 2 }), changed({ watermark: 5 }), changed({ watermark: 'yesterday' })],
    ...[changed({ commits: -1 }), changed({ open: {} }), changed({ mapping: 'x' })],
  ];
  for (const state of refused)
    expect(() => parseState(state)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  fc.assert(
    fc.property(fc.string(), (garbage) => {
      expect(() => parseState(garbage)).toThrow();
    }),
  );
});

test('a state of a version that did not remember clocks is read', () => {
  fc.assert(
    fc.property(states, (state) => {
      const { clocks: _, ...older } = JSON.parse(formatState(state)) as Record<string, unknown>;
      expect(parseState(JSON.stringify(older))).toEqual({ ...state, clocks: undefined });
    }),
  );
});
