/** What the page says by itself: results of actions to all, changes of state to those who do not see them. */

/** @import { SyncState, SyncStatus } from '../src/serve/status.ts' */

import { byId, setAttributes, setText } from './dom.js';
import { WORDS } from './states.js';

/**
 * Says what has come of an action. It stays until there is something else to say.
 *
 * @param {string} text
 * @param {'good' | 'bad'} tone
 */
export function notify(text, tone) {
  const notice = byId('notice', HTMLElement);
  setAttributes(notice, { 'data-tone': tone });
  // Said again, the same is heard again.
  setText(notice, '');
  setText(notice, text);
}

export function clearNotice() {
  setText(byId('notice', HTMLElement), '');
}

/** Tells changes of state to screen readers, and only those that last from one look to the next. */
export class Speaker {
  /** @type {Map<string, SyncState>} */
  #said = new Map();
  /** @type {Map<string, SyncState>} */
  #seen = new Map();

  /** @param {readonly SyncStatus[]} syncs */
  look(syncs) {
    const lasting = syncs.filter(({ name, state }) => this.#seen.get(name) === state);
    const news = lasting.filter(({ name, state }) => this.#said.get(name) !== state);
    this.#seen = new Map(syncs.map(nameAndState));
    // The first one is not news.
    this.#said = new Map([...this.#seen, ...this.#said, ...news.map(nameAndState)]);
    if (news.length === 0) return;
    const texts = news.map(({ name, state }) => `${name}: ${WORDS[state].toLowerCase()}.`);
    setText(byId('spoken', HTMLElement), texts.join(' '));
  }
}

/**
 * @param {SyncStatus} sync
 * @returns {[string, SyncState]}
 */
function nameAndState({ name, state }) {
  return [name, state];
}
