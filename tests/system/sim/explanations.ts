import { SinkError } from '@tdp-sync/sink';
import { isDateBehind } from './clocks.ts';
import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

const SEARCH = '^(?:page|survey) ';
const TRANSIENT =
  '(?:429|500|502|503|504|reset|hang|truncateAfterBytes|hangAfterBytes|trickleAfterBytes)$';

/** What must have happened to a run before it may end with an error of this code. */
const CAUSES: Readonly<Record<string, (watch: Watch, world: World) => boolean>> = {
  // A token that was renewed once is no reason: it is read again.
  AUTH_REJECTED: (watch, { lockedUntilMs, revokedAtMs }) =>
    watch.count(/ forged$/) > 0 ||
    (watch.count(/ 401$/) > 0 && lockedUntilMs >= watch.startedMs) ||
    revokedAtMs.filter((atMs) => atMs >= watch.startedMs).length > 1,
  ACCESS_DENIED: (watch) => watch.count(new RegExp(`${SEARCH}403$`)) > 0,
  SOURCE_UNAVAILABLE: (watch, world) =>
    watch.count(new RegExp(`^(?:page|survey|fileinfo) ${TRANSIENT}`)) +
      watch.count(new RegExp(`${SEARCH}(?:html|timed_out|failed_shards)$`)) >=
    // Pages in no order count as attempts, too, and their answers look good.
    (world.emulator.switches.unorderedPages > 0 ? 1 : world.scenario.settings.attempts),
  SOURCE_PROTOCOL: (watch) =>
    watch.count(new RegExp(`${SEARCH}(?:404|413)$`)) > 0 || watch.count(/ html$/) > 0,
  PAGE_INVALID: (watch, world) =>
    watch.count(new RegExp(`${SEARCH}(?:timed_out|failed_shards)$`)) > 0 ||
    world.emulator.switches.unorderedPages > 0,
  CLOCKS_DISAGREE: isDateBehind,
  WINDOW_NOT_PROVEN: (_watch, { lab, emulator }) =>
    lab.acts > 0 || emulator.switches.duplicateFileIds > 0,
  SOURCE_OUTAGE: (watch) => watch.refused.size > 0,
  SWEEP_REFUSED: (watch, { lab }) => watch.kind === 'sweep' && lab.acts > 10,
  STATE_CONFLICT: (watch) => watch.overtaken,
  SINK_UNAVAILABLE: (watch, { scenario }) => {
    const times = watch.count(/^sink (?:unavailable|lost|late)$/);
    // Asked to stop, it does not wait for the database; and what is refused is not tried again, whatever was in doubt before.
    const isOnce = watch.stopped || watch.count(/^sink (?:refused|picky)/) > 0;
    return times >= (isOnce ? 1 : scenario.settings.sinkAttempts);
  },
  SINK_FAILED: (watch) =>
    watch.count(/^sink (?:refused$|picky: the database accepts nothing)/) > 0 ||
    // Each by itself, and twice.
    watch.count(/^sink picky: the row is too wide/) > 20,
};

/** A run that ends with an error must have met what the error says. */
export function expectExplained(error: unknown, watch: Watch, world: World): void {
  if (watch.stopped && error instanceof Error && error.message === 'SIGINT') return;
  const code = codeOf(error);
  const isExplained = code === undefined ? undefined : CAUSES[code];
  if (isExplained?.(watch, world) === true) return;
  const met = [...watch.troubles].map(([what, times]) => `${times} x ${what}`).join(', ');
  const said = error instanceof Error ? (code ?? error.stack) : String(error);
  throw new Violation(`a run ended with ${said}: ${String(error)}; it had met ${met || 'nothing'}`);
}

/** The code of an error of core or a sink. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof SinkError) return error.code;
  return error instanceof Error && error.name === 'SyncError'
    ? (error as Error & { readonly code: string }).code
    : undefined;
}
