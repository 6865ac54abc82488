/** The failed files of one sync by their reasons, closed at first, each with why it failed and a button to try it again. */

/** @import { SyncStatus } from '../src/serve/status.ts' */

import { element, keepChildren, part, partOf, setAttributes, setOff, setText } from './dom.js';
import { count, counted } from './format.js';
import { cell, line, table } from './table.js';
import { setTime, timeElement } from './time.js';

/** @typedef {SyncStatus['failedFiles'][number]} FailedFile */

/**
 * @param {HTMLElement} card
 * @param {SyncStatus} sync
 * @param {boolean} control whether files can be tried again from here
 */
export function showFailedFiles(card, sync, control) {
  const { state, failing, failures, failedFiles, filesTable } = sync;
  const details = partOf(card, 'failed', HTMLDetailsElement);
  if (failing === 0 && details.contains(document.activeElement)) part(card, 'name').focus();
  details.hidden = failing === 0;
  const isOff = state === 'paused';
  setText(part(card, 'failed-title'), counted(failing, 'failed file'));
  part(card, 'failed-buttons').hidden = !control;
  const note = part(card, 'failed-note');
  note.hidden = failing <= failedFiles.length;
  setText(
    note,
    `${count(failedFiles.length)} of ${count(failing)} are named here. All of them: SELECT * FROM ${filesTable} WHERE status = 'failed'`,
  );
  keepChildren(
    part(card, 'failed-reasons'),
    groupsOf(failures, failedFiles),
    ({ key }) => key,
    () => groupNode(),
    (node, { key, title, files }) => {
      setText(part(node, 'reason'), title);
      keepChildren(
        part(node, 'failed-files'),
        files,
        ({ fileId }) => `${fileId} ${control}`,
        (file) => row(file, control),
        (line, file) => fill(line, file, key !== '', isOff),
      );
    },
  );
}

/**
 * The files that are named, by the reasons for which they failed; what has none of the reasons that are told is last.
 *
 * @param {SyncStatus['failures']} failures
 * @param {readonly FailedFile[]} failedFiles
 */
function groupsOf(failures, failedFiles) {
  const keyOf = (/** @type {{ errorCode: string, error: string }} */ { errorCode, error }) =>
    `${errorCode} ${error}`;
  const keys = new Set(failures.map(keyOf));
  const groups = failures.map((group) => ({
    key: keyOf(group),
    title: reason(group),
    files: failedFiles.filter((file) => keyOf(file) === keyOf(group)),
  }));
  const files = failedFiles.filter((file) => !keys.has(keyOf(file)));
  return files.length === 0 ? groups : [...groups, { key: '', title: 'Other reasons', files }];
}

function groupNode() {
  const action = element('span', { class: 'unseen' }, 'Action');
  const { node, body } = table('File', 'Tries', 'Next try', action);
  setAttributes(body, { 'data-part': 'failed-files' });
  return element('details', {}, element('summary', { 'data-part': 'reason' }), node);
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
    cell(
      'File',
      element('span', { class: 'path' }, path ?? fileId),
      element('small', { 'data-part': 'error' }),
    ),
    cell('Tries', element('span', { 'data-part': 'attempts' })),
    cell('Next try', timeElement()),
    cell('', ...(control ? [button] : [])),
  );
}

/**
 * @param {Element} node
 * @param {FailedFile} file
 * @param {boolean} isSaid whether the reason stands above all of them
 * @param {boolean} isOff
 */
function fill(node, { errorCode, error, attempts, retryAt }, isSaid, isOff) {
  setText(part(node, 'error'), isSaid ? '' : ` ${errorCode} ${error}`);
  setText(part(node, 'attempts'), count(attempts));
  const time = node.querySelector('time');
  if (time !== null) setTime(time, retryAt);
  const button = node.querySelector('button');
  if (button !== null) setOff(button, isOff);
}
