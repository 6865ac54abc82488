import type { Clocks } from '@tdp-sync/core';
import { counted, moment, span } from './format.ts';

const MINUTE = 60_000;

/** What is wrong with the clocks, a sentence each; none where they agree. */
export function clockSentences(clocks: Clocks): readonly string[] {
  const { verdict, nowMs, jumpMs, future } = clocks;
  const said: string[] = [];
  if (verdict !== 'agree') {
    const why = {
      'local-wrong': "TDP's own files show that this machine's is wrong",
      'date-wrong': "TDP's own files show that TDP's is wrong",
      unsure: 'nothing tells which is right, so the earlier one counts',
    }[verdict];
    said.push(`${doubtedDifference(clocks)}; ${why}: going by ${moment(nowMs)}`);
  }
  if (jumpMs > 0)
    said.push(
      `the Date of TDP's answers jumps by ${span(jumpMs)}: a proxy may answer by another clock`,
    );
  if (future !== undefined)
    said.push(
      `TDP shows ${counted(future.files, 'file')} indexed in the future, up to ${moment(future.newestMs)}: stamped by a wrong clock; a sweep brings them in, windows only in their time`,
    );
  return said;
}

/** How this machine's clock and TDP's differ. */
export function difference({ dateMs, localMs }: Pick<Clocks, 'dateMs' | 'localMs'>): string {
  return `this machine's clock is ${apart(localMs - dateMs)} TDP's`;
}

/** The one that is taken for wrong is the one that is said to be off. */
function doubtedDifference(clocks: Clocks): string {
  const { verdict, dateMs, localMs } = clocks;
  if (verdict !== 'date-wrong') return difference(clocks);
  return `TDP's clock (the Date of its answers) is ${apart(dateMs - localMs)} this machine's`;
}

/** A Date counts whole seconds, so that two hours may seem to be a second less. */
function apart(aheadMs: number): string {
  const [byMs, than] = [Math.abs(aheadMs), aheadMs < 0 ? 'behind' : 'ahead of'];
  const roundedMs = byMs < 10 * MINUTE ? byMs : Math.round(byMs / MINUTE) * MINUTE;
  return `${span(roundedMs)} ${than}`;
}

/** That a stored position was in the future, and what comes of it. */
export function pulledBackSentence(fromMs: number, toMs: number | undefined): string {
  const target = toMs === undefined ? 'the beginning' : moment(toMs);
  return `the position ${moment(fromMs)} was stored by a clock that was wrong; reading again from ${target}, without fetching again what is held`;
}
