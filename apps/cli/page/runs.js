/** The last runs of one sync that changed something or failed. */

/** @import { SyncStatus } from '../src/serve/status.ts' */

import { element, keepChildren, part, setAttributes } from './dom.js';
import { count, size, span } from './format.js';
import { cell, line, table } from './table.js';
import { setTime, timeElement } from './time.js';

/** @typedef {SyncStatus['runs'][number]} Run */

/** @param {HTMLElement} card */
export function makeRuns(card) {
  const counts = ['Loaded', 'Failed', 'Deleted', 'Size'];
  const { node, body } = table('Began', 'Kind', 'Outcome', 'Took', ...counts, 'Watermark');
  setAttributes(node, { 'data-part': 'runs-table', class: 'stack runs' });
  setAttributes(body, { 'data-part': 'runs-lines' });
  part(card, 'runs-table').replaceWith(node);
}

/**
 * @param {HTMLElement} card
 * @param {SyncStatus} sync
 */
export function showRuns(card, { runs }) {
  part(card, 'runs-note').hidden = runs.length > 0;
  part(card, 'runs-table').hidden = runs.length === 0;
  // Lines never change once they are written.
  keepChildren(part(card, 'runs-lines'), runs, ({ run, startedAt }) => `${run} ${startedAt}`, row);
}

/** @param {Run} run */
function row(run) {
  const [began, watermark] = [timeElement(), timeElement()];
  setTime(began, run.startedAt);
  setTime(watermark, run.watermarkAfter);
  const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
  const cells = [
    cell('Began', began),
    cell('Kind', run.kind),
    cell('Outcome', outcome(run)),
    cell('Took', span(seconds)),
    cell('Loaded', count(run.loaded + run.refreshed)),
    cell('Failed', count(run.failed)),
    cell('Deleted', count(run.deleted)),
    cell('Size', size(run.bytes)),
    cell('Watermark', watermark),
  ];
  for (const wide of [cells.at(0), cells.at(-1)]) wide?.classList.add('wide');
  return line(...cells);
}

/** @param {Run} run */
function outcome({ outcome, errorCode, error, differences }) {
  if (errorCode !== null)
    return element('code', { class: 'bad', title: error ?? errorCode }, errorCode);
  if (outcome === 'different')
    return element('span', { class: 'bad' }, `${count(differences)} different`);
  return outcome;
}
