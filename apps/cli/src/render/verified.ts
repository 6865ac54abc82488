import type { VerificationMark } from '@tdp-sync/core';
import { counted, number } from './format.ts';

/** What the last verification has left. */
export interface LastVerify {
  readonly at: string;
  readonly differences: number;
  /** Of the differences those that are failed files. */
  readonly failed: number;
}

/** What is stored of the last verification. Where a version before has not said what of it had failed, those that have failed now are taken for it. */
export function lastVerifyOf(
  mark: VerificationMark | undefined,
  failing: number,
): LastVerify | null {
  if (mark === undefined) return null;
  const { atMs, differences, failed = Math.min(failing, differences) } = mark;
  return { at: new Date(atMs).toISOString(), differences, failed };
}

/** What is not right, as it stands behind the state: failed files, and what else differed when that was looked at last. */
export function flawsText(failing: number, last: LastVerify | null): string {
  const others = otherDifferences(last);
  return (
    (failing === 0 ? '' : `, ${number(failing)} failed`) +
    (others === 0 ? '' : `, ${counted(others, 'difference')} at the last verification`)
  );
}

/** Differences that are more than a file that has failed, which is told of by itself. */
export function otherDifferences(last: LastVerify | null): number {
  return last === null ? 0 : last.differences - last.failed;
}

/** `equal`, or `1 difference, 99 failed files`: the failed ones by themselves, as everywhere. */
export function verifiedText(last: LastVerify): string {
  const others = otherDifferences(last);
  const parts = [
    ...(others === 0 ? [] : [counted(others, 'difference')]),
    ...(last.failed === 0 ? [] : [counted(last.failed, 'failed file')]),
  ];
  return parts.length === 0 ? 'equal' : parts.join(', ');
}
