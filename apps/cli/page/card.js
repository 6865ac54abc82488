/** Everything of one sync. */

/** @import { SyncStatus } from '../src/serve/status.ts' */

import { Charts } from './charts.js';
import { fromTemplate, part, setAttributes, setOff, setText } from './dom.js';
import { makeFacts, showFacts } from './facts.js';
import { showFailedFiles } from './failed-files.js';
import { failureText, showJob, showWindow } from './job.js';
import { makeRuns, showRuns } from './runs.js';
import { badge } from './states.js';

/**
 * @typedef {object} Circumstances
 * @property {boolean} control whether actions are offered
 * @property {boolean} isLost whether what is shown may be out of date
 */

/** One sync on the page. */
export class Card {
  node = fromTemplate('sync-card');
  #charts;

  /** @param {string} name */
  constructor(name) {
    this.#charts = new Charts(name);
    const title = part(this.node, 'name');
    setText(title, name);
    setAttributes(title, { id: `${name}-title`, tabindex: '-1' });
    setAttributes(this.node, {
      ...{ id: `sync-${name}`, 'data-sync': name, 'aria-labelledby': `${name}-title` },
    });
    for (const button of this.node.querySelectorAll('button[data-action]'))
      setAttributes(button, { 'aria-describedby': `${name}-title` });
    makeFacts(part(this.node, 'facts'));
    makeRuns(this.node);
    part(this.node, 'charts').append(...this.#charts.nodes);
  }

  /**
   * @param {SyncStatus} sync
   * @param {Circumstances} circumstances
   */
  update(sync, { control, isLost }) {
    const { node } = this;
    const { state, summary, error, job } = sync;
    showState(node, sync, isLost);
    setText(part(node, 'summary'), `${summary}.`);
    // Not what the badge or the box says already.
    const isSaid =
      state === 'attention' || summary === badge(sync) || (error !== null && state === 'failing');
    part(node, 'summary').hidden = isSaid;
    const box = part(node, 'error');
    box.hidden = error === null;
    setText(part(node, 'error-code'), error?.code ?? '');
    setText(part(node, 'error-message'), error?.message ?? '');
    setText(part(node, 'error-when'), failureText(sync));
    part(node, 'buttons').hidden = !control;
    showButtons(node, state === 'paused');
    showJob(node, job);
    showWindow(node, sync);
    showFacts(part(node, 'facts'), sync);
    part(node, 'charts').hidden = sync.history.length === 0;
    part(node, 'charts-note').hidden = sync.history.length > 0;
    this.#charts.update(sync.history);
    showFailedFiles(node, sync, control);
    showRuns(node, sync);
  }
}

/**
 * @param {HTMLElement} node
 * @param {SyncStatus} sync
 * @param {boolean} isLost
 */
function showState(node, sync, isLost) {
  const { state } = sync;
  const said = badge(sync);
  const glance = isLost ? 'lost' : state;
  setAttributes(node, { 'data-state': glance });
  const icon = node.querySelector('[data-part="icon"]');
  if (icon !== null) setAttributes(icon, { href: `#icon-${glance}` });
  setText(part(node, 'state'), isLost ? `Was: ${said.toLowerCase()}` : said);
}

/**
 * @param {HTMLElement} node
 * @param {boolean} isPaused
 */
function showButtons(node, isPaused) {
  setOff(part(node, 'run'), isPaused);
  for (const name of ['retry', 'sweep', 'verify', 'rebuild']) setOff(part(node, name), isPaused);
  // One button, so that it keeps the focus.
  const pause = part(node, 'pause');
  setAttributes(pause, { 'data-action': isPaused ? 'resume' : 'pause' });
  setText(pause, isPaused ? 'Resume' : 'Pause');
}
