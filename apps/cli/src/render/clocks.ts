import type { Clocks } from '@tdp-sync/core';
import { counted, moment, span } from './format.ts';

/** What is wrong with the clocks, a sentence each; none where they agree. */
export function clockSentences(clocks: Clocks): readonly string[] {
  const { verdict, nowMs, jumpMs, future } = clocks;
  const said: string[] = [];
  if (verdict !== 'agree') {
    const why = {
      'local-wrong': "TDP's own files show that this machine's is wrong",
      'date-wrong': "TDP's own files show that TDP's (the Date of its answers) is wrong",
      unsure: 'nothing tells which is right, so the earlier one counts',
    }[verdict];
    said.push(`${difference(clocks)}; ${why}: going by ${moment(nowMs)}`);
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

/** How TDP's clock and this machine's differ. */
export function difference({ dateMs, localMs }: Pick<Clocks, 'dateMs' | 'localMs'>): string {
  const aheadMs = localMs - dateMs;
  const than = aheadMs < 0 ? 'behind' : 'ahead of';
  return `this machine's clock is ${span(Math.abs(aheadMs))} ${than} TDP's`;
}

/** That a stored position was in the future, and what comes of it. */
export function pulledBackSentence(fromMs: number, toMs: number | undefined): string {
  const target = toMs === undefined ? 'the beginning' : moment(toMs);
  return `the position ${moment(fromMs)} was stored by a clock that was wrong; reading again from ${target}, without fetching again what is held`;
}
