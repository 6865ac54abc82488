/** The numbers of one sync at a glance. */

/** @import { SyncStatus } from '../src/serve/status.ts' */

import { element, setText } from './dom.js';
import { count, counted, span } from './format.js';
import { hasNoFile } from './states.js';
import { setTime, timeElement } from './time.js';

/**
 * @typedef {object} Fact
 * @property {string} label
 * @property {(sync: SyncStatus) => string} text
 * @property {(sync: SyncStatus) => string | null} [at] shown beside the text
 */

/** @type {readonly Fact[]} */
const FACTS = [
  {
    label: 'Lag',
    text: (sync) => (hasNoFile(sync) ? 'None' : lagText(sync.lagSeconds)),
  },
  {
    label: 'Complete up to',
    text: (sync) => {
      if (sync.watermark !== null) return '';
      return hasNoFile(sync) ? 'Nothing yet' : 'Not known yet';
    },
    at: ({ watermark }) => watermark,
  },
  {
    label: 'Newest file in TDP',
    text: (sync) => {
      if (sync.newestInTdp !== null) return '';
      return hasNoFile(sync) ? 'No file yet' : 'Not known yet';
    },
    at: ({ newestInTdp }) => newestInTdp,
  },
  { label: 'Backlog', text: ({ backlog }) => backlogText(backlog) },
  { label: 'Clocks', text: ({ clocks }) => clockText(clocks) },
  {
    label: 'Next run',
    text: ({ nextRunAt, state }) =>
      nextRunAt === null ? (state === 'paused' ? 'When resumed' : 'Running') : '',
    at: ({ nextRunAt }) => nextRunAt,
  },
  { label: 'Failed files', text: ({ failing }) => (failing === 0 ? 'None' : count(failing)) },
  {
    label: 'Last verification',
    text: ({ lastVerify }) => (lastVerify === null ? 'None yet' : verifiedText(lastVerify)),
    at: ({ lastVerify }) => lastVerify?.at ?? null,
  },
  {
    label: 'Last sweep',
    text: ({ lastSweep }) => {
      if (lastSweep === null) return 'None yet';
      const { deleted, missing } = lastSweep;
      return `${count(deleted)} deleted, ${count(missing)} missing`;
    },
    at: ({ lastSweep }) => lastSweep?.at ?? null,
  },
];

/**
 * `2 differences, 1 failed file`: with the files that had failed by themselves, as in the headline.
 *
 * @param {NonNullable<SyncStatus['lastVerify']>} last
 */
function verifiedText({ differences, failed }) {
  const others = differences - failed;
  if (failed === 0) return noneOr(others, 'difference');
  return `${others === 0 ? '' : `${counted(others, 'difference')}, `}${counted(failed, 'failed file')}`;
}

/** @param {HTMLElement} list */
export function makeFacts(list) {
  list.append(
    ...FACTS.map(({ label }) =>
      element(
        'div',
        {},
        element('dt', {}, label),
        element('dd', {}, element('span', { class: 'value' }), timeElement()),
      ),
    ),
  );
}

/**
 * @param {HTMLElement} list
 * @param {SyncStatus} sync
 */
export function showFacts(list, sync) {
  for (const [index, { text, at }] of FACTS.entries()) {
    const dd = list.children[index]?.lastElementChild;
    const [value, time] = dd?.children ?? [];
    if (value !== undefined) setText(value, text(sync));
    if (time instanceof HTMLElement) setTime(time, at?.(sync) ?? null, '');
  }
}

/** @param {number | null} lagSeconds */
function lagText(lagSeconds) {
  if (lagSeconds === null) return 'Not known yet';
  return lagSeconds === 0 ? 'None' : span(lagSeconds);
}

/** @param {SyncStatus['backlog']} backlog */
function backlogText(backlog) {
  if (backlog === null) return 'None';
  const { left, jobs } = backlog;
  return `${counted(left, 'slice')} left, ${jobs.length} at work`;
}

/** @param {SyncStatus['clocks']} clocks */
function clockText(clocks) {
  if (clocks === null) return 'Not known yet';
  const { differenceSeconds, troubles } = clocks;
  if (troubles.length > 0) return `${capital(troubles.join('; '))}.`;
  return `${span(Math.abs(differenceSeconds))} apart`;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {number} value
 * @param {string} noun
 */
function noneOr(value, noun) {
  return value === 0 ? `No ${noun}s` : counted(value, noun);
}
