/** What is being done with one sync, and how far the open window is. */

/** @import { JobStatus, SyncStatus } from '../src/serve/status.ts' */

import { part, partOf, setText } from './dom.js';
import { count, counted, moment, rate, roughly, size, span } from './format.js';
import { nowMs } from './time.js';

/** @type {Readonly<Record<JobStatus['kind'], string>>} */
const KINDS = {
  run: 'Running',
  retry: 'Trying failed files again',
  sweep: 'Sweeping',
  verify: 'Verifying',
  rebuild: 'Making rows anew',
  event: 'Files of events',
  slice: 'Bringing in a slice',
};
/** A rate from less time says little. */
const LEAST_SECONDS = 2;

/**
 * @param {HTMLElement} card
 * @param {JobStatus | null} job
 */
export function showJob(card, job) {
  const section = part(card, 'job');
  section.hidden = job === null;
  if (job === null) return;
  const seconds = (nowMs() - Date.parse(job.startedAt)) / 1000;
  const where = job.replica === null ? '' : ` on ${job.replica}`;
  setText(part(card, 'job-kind'), `${KINDS[job.kind]}${where}`);
  setText(part(card, 'job-since'), `for ${span(Math.max(seconds, 0))}`);
  setText(part(card, 'job-numbers'), numbersOf(job, seconds));
  const progress = partOf(card, 'job-progress', HTMLProgressElement);
  const { expected, seen } = job;
  if (expected === null || expected <= 0) progress.removeAttribute('value');
  else {
    progress.max = Math.max(expected, seen);
    progress.value = seen;
  }
}

/**
 * @param {JobStatus} job
 * @param {number} seconds
 */
function numbersOf({ expected, seen, loaded, failed, bytes }, seconds) {
  const looked = expected === null ? count(seen) : `${count(seen)} of about ${count(expected)}`;
  const parts = [`${looked} looked at`, `${count(loaded)} loaded`];
  if (failed > 0) parts.push(`${count(failed)} failed`);
  if (bytes > 0) parts.push(size(bytes));
  if (seconds >= LEAST_SECONDS && loaded > 0)
    parts.push(`${rate((loaded / seconds) * 60)} files/min`);
  if (seconds >= LEAST_SECONDS && expected !== null && seen > 0 && seen < expected)
    parts.push(`${roughly(((expected - seen) * seconds) / seen)} left`);
  return parts.join(' · ');
}

/**
 * @param {HTMLElement} card
 * @param {SyncStatus} sync
 */
export function showWindow(card, { window }) {
  const section = part(card, 'window');
  section.hidden = window === null;
  if (window === null) return;
  const { from, to, after, pass } = window;
  const [begin, end] = [from, to].map((iso) => moment(Date.parse(iso), nowMs()));
  setText(part(card, 'window-span'), `files indexed from ${begin} to ${end}`);
  const share = shareBefore(after);
  const progress = partOf(card, 'window-progress', HTMLProgressElement);
  if (share === undefined) progress.removeAttribute('value');
  else progress.value = share;
  const place = after === null ? 'At its beginning' : `In the database up to fileId ${after}`;
  const reading = pass > 1 ? `, read for the ${pass}. time` : '';
  const percent = share === undefined ? '' : `, ${Math.round(share * 100)} %`;
  setText(part(card, 'window-place'), `${place}${percent}${reading}`);
}

/**
 * The part of a window's files whose fileId is not greater. A window is read in their order, and random UUIDs are spread
 * evenly; of other ids nothing is known.
 *
 * @param {string | null} after
 */
export function shareBefore(after) {
  if (after === null) return 0;
  const [, digits] = /^([0-9a-f]{8})-[0-9a-f]{4}-4/.exec(after) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16) / 2 ** 32;
}

/** @param {SyncStatus} sync */
export function failureText({ error, nextRunAt }) {
  if (error === null) return '';
  const { kind, at, failures } = error;
  const often = failures > 1 ? `, ${counted(failures, 'time')} in a row` : '';
  const again =
    kind === 'run' && nextRunAt !== null
      ? ` Tried again at ${moment(Date.parse(nextRunAt), nowMs())}.`
      : '';
  return `${kind} failed at ${moment(Date.parse(at), nowMs())}${often}.${again}`;
}
