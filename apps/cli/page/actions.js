/** What the buttons do. */

import { askToken, forgetToken, heldToken, holdToken } from './control-token.js';
import { setAttributes } from './dom.js';
import { notify } from './notices.js';

/** What each button says when it was pressed, but for a retry. */
const DONE = {
  run: 'asked to run now.',
  pause: 'paused. What is in hand is committed first.',
  resume: 'resumed.',
  sweep: 'asked to compare TDP’s whole listing with the database.',
  verify: 'asked to compare TDP with the database, and every row with what was stored.',
  rebuild: 'asked to make the rows anew that follow an older mapping.',
};

/** @typedef {keyof typeof DONE | 'retry'} ActionName */

/**
 * @typedef {object} Action
 * @property {string} sync
 * @property {ActionName} name
 * @property {string | undefined} fileId
 * @property {string} path of the file, as it is shown
 */

/**
 * Does what the button says, unless it is being done.
 *
 * @param {HTMLButtonElement} button
 */
export async function press(button) {
  const action = actionOf(button);
  if (action === undefined || button.getAttribute('aria-busy') === 'true') return;
  if (button.getAttribute('aria-disabled') === 'true') {
    notify(pausedText(action.sync), 'bad');
    return;
  }
  setAttributes(button, { 'aria-busy': 'true' });
  try {
    await perform(action);
  } finally {
    setAttributes(button, { 'aria-busy': undefined });
  }
}

/**
 * @param {HTMLButtonElement} button
 * @returns {Action | undefined}
 */
function actionOf(button) {
  const sync = button.closest('[data-sync]')?.getAttribute('data-sync');
  const { action, file, path = '' } = button.dataset;
  if (sync === null || sync === undefined) return undefined;
  if (!isAction(action)) return undefined;
  return { sync, name: action, fileId: file, path };
}

/**
 * @param {string | undefined} name
 * @returns {name is ActionName}
 */
function isAction(name) {
  return name !== undefined && (name === 'retry' || Object.hasOwn(DONE, name));
}

/** @param {Action} action */
async function perform(action) {
  try {
    const response = await send(action);
    if (response === undefined) notify('Nothing was done: no token was given.', 'bad');
    else if (response.status === 202) notify(doneText(action), 'good');
    else if (response.status === 409) notify(pausedText(action.sync), 'bad');
    else notify(`${action.sync}: ${await reasonOf(response)}`, 'bad');
  } catch {
    notify(`${action.sync}: nothing was done, the service does not answer.`, 'bad');
  }
}

/** @param {Action} action */
async function send({ sync, name, fileId }) {
  const query = fileId === undefined ? '' : `?file=${encodeURIComponent(fileId)}`;
  let problem = '';
  while (true) {
    const token = heldToken() ?? (await askToken(problem));
    if (token === undefined) return undefined;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`syncs/${sync}/${name}${query}`, { method: 'POST', headers });
    if (response.status !== 401) {
      holdToken(token);
      return response;
    }
    forgetToken();
    problem = 'The service refused this token.';
  }
}

/** @param {Response} response */
async function reasonOf(response) {
  const { error } = await response.json().catch(() => ({}));
  return `nothing was done. ${error ?? `The service answered ${response.status}.`}`;
}

/** @param {Action} action */
function doneText({ sync, name, fileId, path }) {
  if (name !== 'retry') return `${sync}: ${DONE[name]}`;
  return fileId === undefined
    ? `${sync}: asked to try all failed files again.`
    : `${sync}: asked to try ${path} again.`;
}

/** @param {string} sync */
function pausedText(sync) {
  return `${sync} is paused, so nothing was done. Resume it first.`;
}
