/** The control token: asked for when it is needed first, kept for as long as this tab is open. */

import { byId, setText } from './dom.js';

const KEY = 'tdp-sync control token';

/** @returns {string | undefined} */
export function heldToken() {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** @param {string} token */
export function holdToken(token) {
  sessionStorage.setItem(KEY, token);
  byId('forget', HTMLButtonElement).hidden = false;
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
  byId('forget', HTMLButtonElement).hidden = true;
}

/** A header cannot hold more. */
const SENDABLE = /^[\x20-\x7e]+$/;

/**
 * Asks whoever sits there. `undefined`: they would rather not.
 *
 * @param {string} problem what was wrong with the one before
 * @returns {Promise<string | undefined>}
 */
export function askToken(problem) {
  const dialog = byId('ask', HTMLDialogElement);
  const input = byId('token', HTMLInputElement);
  const error = byId('ask-error', HTMLElement);
  const form = dialog.querySelector('form');
  input.value = '';
  dialog.returnValue = '';
  dialog.showModal();
  setText(error, problem);
  const listening = new AbortController();
  const { signal } = listening;
  form?.addEventListener(
    'submit',
    (event) => {
      event.preventDefault();
      const token = input.value.trim();
      if (SENDABLE.test(token)) dialog.close(token);
      else setText(error, 'A token has only letters, digits and signs.');
    },
    { signal },
  );
  const cancel = byId('ask-cancel', HTMLButtonElement);
  cancel.addEventListener('click', () => dialog.close(''), { signal });
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        listening.abort();
        const token = dialog.returnValue;
        dialog.returnValue = '';
        input.value = '';
        resolve(token === '' ? undefined : token);
      },
      { signal },
    );
  });
}
