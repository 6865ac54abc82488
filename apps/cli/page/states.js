/** What the states are called, and what all of them come to. All pure. */

/** @import { ServicePulse, SyncState, SyncStatus } from '../src/serve/status.ts' */

import { count, counted, relative } from './format.js';

/** @typedef {SyncState | 'lost'} Glance */

/** @type {Readonly<Record<SyncState, string>>} */
export const WORDS = {
  'up-to-date': 'Up to date',
  attention: 'Needs a look',
  'catching-up': 'Catching up',
  failing: 'Failing',
  paused: 'Paused',
  starting: 'Starting',
};

/** The worst first. @type {readonly SyncState[]} */
const ORDER = ['failing', 'attention', 'catching-up', 'starting', 'paused', 'up-to-date'];
const WARN_MS = 7 * 24 * 3_600_000;

/**
 * The state of the whole.
 *
 * @param {Pick<ServicePulse, 'ready' | 'progressing'>} service
 * @param {readonly Pick<SyncStatus, 'state'>[]} syncs
 * @returns {SyncState}
 */
export function worst({ ready, progressing }, syncs) {
  if (!ready || !progressing) return 'failing';
  return ORDER.find((state) => syncs.some((sync) => sync.state === state)) ?? 'starting';
}

/**
 * `2 of 3 syncs up to date`, or what is worse than that.
 *
 * @param {Pick<ServicePulse, 'ready'>} service
 * @param {readonly Pick<SyncStatus, 'state' | 'failing' | 'lastVerify'>[]} syncs
 */
export function headline({ ready }, syncs) {
  if (!ready) return 'Not ready';
  const failing = numberIn('failing', syncs);
  if (failing > 0) return `${partOf(failing, syncs)} failing`;
  const current = numberIn('up-to-date', syncs) + numberIn('attention', syncs);
  if (current < syncs.length) return `${partOf(current, syncs)} up to date${flaws(syncs)}`;
  const all = syncs.length === 1 ? 'Up to date' : `All ${syncs.length} syncs up to date`;
  return all + flaws(syncs);
}

/**
 * `, 99 failed`
 *
 * @param {readonly Pick<SyncStatus, 'failing' | 'lastVerify'>[]} syncs
 */
function flaws(syncs) {
  const failed = syncs.reduce((total, { failing }) => total + failing, 0);
  const differences = syncs.reduce(
    // Failed files are differences, too, and told of by themselves.
    (total, { lastVerify }) =>
      total + (lastVerify === null ? 0 : lastVerify.differences - lastVerify.failed),
    0,
  );
  return (
    (failed === 0 ? '' : `, ${count(failed)} failed`) +
    (differences === 0 ? '' : `, ${counted(differences, 'difference')}`)
  );
}

/**
 * What the badge of a sync says: the state, and of one that needs a look why.
 *
 * @param {Pick<SyncStatus, 'state' | 'failing' | 'lastVerify'>} sync
 */
export function badge(sync) {
  return sync.state === 'attention' ? `${WORDS['up-to-date']}${flaws([sync])}` : WORDS[sync.state];
}

/**
 * What the headline leaves out: `1 catching up, 1 paused, 12 failed files`
 *
 * @param {readonly Pick<SyncStatus, 'state' | 'failing'>[]} syncs
 */
export function subline(syncs) {
  const states = ORDER.filter((state) => numberIn(state, syncs) > 0);
  const failed = syncs.reduce((sum, { failing }) => sum + failing, 0);
  const parts = states.map((state) => `${numberIn(state, syncs)} ${WORDS[state].toLowerCase()}`);
  const files = failed === 0 ? 'no failed files' : counted(failed, 'failed file');
  if (syncs.length > 1) return [...parts, files].join(', ');
  // Of a single sync that needs a look the headline has said it.
  return states.includes('attention') && failed > 0 ? 'All other files are in the database' : files;
}

/**
 * What somebody should look after, besides the syncs.
 *
 * @param {ServicePulse} service
 * @param {number} nowMs
 * @returns {readonly string[]}
 */
export function troubles({ reasons, config, source, copies, events, replicas }, nowMs) {
  const found = [...reasons, ...copies.flatMap(({ error }) => error ?? [])];
  const queueError = events?.queue?.error ?? null;
  if (queueError !== null) found.push(`The queue of events cannot be read: ${queueError}`);
  const shared = replicas?.error ?? null;
  if (shared !== null)
    found.push(`The queue that replicas share cannot be used, and nothing is begun: ${shared}`);
  const differing = replicas?.differing ?? [];
  if (differing.length > 0)
    found.push(
      `Replicas have different configs (${differing.join(', ')}): those with an older one do nothing.`,
    );
  if (config.reloadError !== null)
    found.push(
      `The config was not taken over, the one before is still in use: ${config.reloadError}`,
    );
  if (source.tokenExpiresAt !== null) {
    const expiresMs = Date.parse(source.tokenExpiresAt);
    if (expiresMs <= nowMs)
      found.push(`TDP’s token expired ${relative(expiresMs, nowMs)}: renew it in the auth file.`);
    else if (expiresMs - nowMs < WARN_MS)
      found.push(`TDP’s token expires ${relative(expiresMs, nowMs)}: renew it in the auth file.`);
  }
  return found;
}

/**
 * @param {SyncState} state
 * @param {readonly Pick<SyncStatus, 'state'>[]} syncs
 */
function numberIn(state, syncs) {
  return syncs.filter((sync) => sync.state === state).length;
}

/**
 * @param {number} number
 * @param {readonly unknown[]} syncs
 */
function partOf(number, syncs) {
  if (syncs.length === 1) return number === 1 ? 'The sync is' : 'Not yet';
  return `${number} of ${syncs.length} syncs`;
}

/**
 * TDP has been asked, and has no file for this sync.
 *
 * @param {Pick<SyncStatus, 'state' | 'newestInTdp' | 'watermark'>} sync
 */
export function hasNoFile({ state, newestInTdp, watermark }) {
  // After a start the newest file is not known before the first run; a watermark is, where there was ever a file.
  if (newestInTdp !== null || watermark !== null) return false;
  return state === 'up-to-date' || state === 'attention';
}
