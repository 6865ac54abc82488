import { type Console, printJson } from '../console.ts';

/** Grows when what `--json` prints changes so that a program has to be changed, too. */
const FORMAT = 1;
/** What reports have as milliseconds since 1970. All else that ends so is a span. */
const MOMENTS: ReadonlySet<string> = new Set([
  ...['watermarkMs', 'startMs', 'fromMs', 'toMs', 'nowMs', 'dateMs', 'localMs', 'newestMs'],
  ...['provenMs', 'confirmedMs', 'atMs', 'retryAtMs'],
]);

/**
 * What a command has found, for programs: in an envelope that names its format, times as ISO 8601. `copies` are those for readers,
 * where there are any.
 */
export function printResults(
  console: Console,
  command: string,
  results: readonly unknown[],
  copies: readonly unknown[] = [],
): void {
  const at = new Date().toISOString();
  const rest = copies.length === 0 ? {} : { copies };
  printJson(console, { format: FORMAT, command, at, results: dated(results), ...rest });
}

function dated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      MOMENTS.has(key) ? [key.slice(0, -2), isoOf(part)] : [key, dated(part)],
    ),
  );
}

function isoOf(timeMs: unknown): unknown {
  return typeof timeMs === 'number' && Number.isFinite(timeMs)
    ? new Date(timeMs).toISOString()
    : undefined;
}
