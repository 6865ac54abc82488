/** The failed files of one sync, each with why it failed and a button to try it again. */

/** @import { SyncStatus } from '../src/serve/status.ts' */

import { element, keepChildren, part, partOf, setAttributes, setOff, setText } from './dom.js';
import { count, counted } from './format.js';
import { cell, line, table } from './table.js';
import { setTime, timeElement } from './time.js';

/** @typedef {SyncStatus['failedFiles'][number]} FailedFile */

/** @param {HTMLElement} card */
export function makeFailedFiles(card) {
  const action = element('span', { class: 'unseen' }, 'Action');
  const { node, body } = table('File', 'Reason', 'Tries', 'Next try', action);
  setAttributes(body, { 'data-part': 'failed-files' });
  part(card, 'failed-table').replaceWith(node);
}

/**
 * @param {HTMLElement} card
 * @param {SyncStatus} sync
 * @param {boolean} control whether files can be tried again from here
 */
export function showFailedFiles(card, { name, state, failing, failures, failedFiles }, control) {
  const details = partOf(card, 'failed', HTMLDetailsElement);
  if (failing > 0 && details.hidden) details.open = true;
  if (failing === 0 && details.contains(document.activeElement)) part(card, 'name').focus();
  details.hidden = failing === 0;
  const isOff = state === 'paused';
  setText(part(card, 'failed-title'), counted(failing, 'failed file'));
  part(card, 'failed-buttons').hidden = !control;
  const note = part(card, 'failed-note');
  note.hidden = failing <= failedFiles.length;
  setText(
    note,
    `The first ${count(failedFiles.length)} of ${count(failing)}. All of them: SELECT * FROM ${name}_files WHERE status = 'failed'`,
  );
  keepChildren(
    part(card, 'failed-reasons'),
    failures,
    ({ errorCode, error }) => `${errorCode} ${error}`,
    () => element('li', {}),
    (node, group) => setText(node, reason(group)),
  );
  keepChildren(
    part(card, 'failed-files'),
    failedFiles,
    ({ fileId }) => `${fileId} ${control}`,
    (file) => row(file, control),
    (node, file) => fill(node, file, isOff),
  );
}

/** @param {SyncStatus['failures'][number]} group */
function reason({ errorCode, error, files, first }) {
  return `${counted(files, 'file')} ${errorCode}: ${error.replace(/\.$/, '')}, first: ${first}`;
}

/**
 * @param {FailedFile} file
 * @param {boolean} control
 */
function row({ fileId, path }, control) {
  const button = element(
    'button',
    { type: 'button', 'data-action': 'retry', 'data-file': fileId, 'data-path': path ?? fileId },
    'Retry',
    element('span', { class: 'unseen' }, ` ${path ?? fileId}`),
  );
  return line(
    cell('File', element('span', { class: 'path' }, path ?? fileId)),
    cell(
      'Reason',
      element('code', { 'data-part': 'code' }),
      ' ',
      element('span', { 'data-part': 'error' }),
    ),
    cell('Tries', element('span', { 'data-part': 'attempts' })),
    cell('Next try', timeElement()),
    cell('', ...(control ? [button] : [])),
  );
}

/**
 * @param {Element} node
 * @param {FailedFile} file
 * @param {boolean} isOff
 */
function fill(node, { errorCode, error, attempts, retryAt }, isOff) {
  setText(part(node, 'code'), errorCode);
  setText(part(node, 'error'), error);
  setText(part(node, 'attempts'), count(attempts));
  const time = node.querySelector('time');
  if (time !== null) setTime(time, retryAt);
  const button = node.querySelector('button');
  if (button !== null) setOff(button, isOff);
}
