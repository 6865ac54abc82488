import type { RunReport } from './events.ts';
import type { Run } from './run.ts';
import { unredactedFiles } from './unredacted.ts';

/** What a run did, and what is left that could not be loaded. */
export async function reportOf(run: Run, isInterrupted: boolean): Promise<RunReport> {
  let failing = 0;
  for await (const _stored of run.sink.documents(run.name, { status: 'failed' })) failing += 1;
  const { watermarkMs, slices } = run.position.state;
  const slicesLeft = slices === undefined ? 0 : slices.cuts.length - 1;
  const outcome = isInterrupted ? 'interrupted' : 'complete';
  const { clocks, windows, pulledBack: back } = run;
  const pulledBack = back && { fromMs: back.fromMs, toMs: back.toMs };
  const startMs = Number.isFinite(windows.startMs) ? windows.startMs : undefined;
  const unredacted = unredactedFiles(run.position.state.mapping.redaction);
  return run.tally.report(
    { outcome, watermarkMs, slicesLeft, failing, unredacted, startMs, pulledBack, clocks },
    run.clock.now(),
  );
}
