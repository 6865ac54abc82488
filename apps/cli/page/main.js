/** The status page: shows what `/events` tells, as `src/serve/status.ts` describes it, and does what the buttons say. */

/** @import { ServicePulse, SyncStatus } from '../src/serve/status.ts' */

import { press } from './actions.js';
import { Card } from './card.js';
import { listen } from './connection.js';
import { forgetToken, heldToken } from './control-token.js';
import { byId, keepChildren, setAttributes, setText } from './dom.js';
import { clearNotice, notify, Speaker } from './notices.js';
import { showAbout, showGlance, showLost, showOverall } from './overall.js';
import { nowMs, setClock, tickTimes } from './time.js';

const TICK_MS = 1000;

/** @type {ServicePulse | undefined} */
let service;
/** In the config's order. @type {readonly SyncStatus[]} */
let syncs = [];
/** When something was heard last, by the service's clock. @type {number | undefined} */
let heardMs;
let isLost = false;
/** @type {Map<string, Card>} */
const cards = new Map();
const speaker = new Speaker();
const list = byId('syncs', HTMLElement);

listen({
  onStatus: ({ syncs: all, ...pulse }) => {
    syncs = all;
    heard(pulse);
    speaker.look(syncs);
    keepChildren(
      list,
      syncs,
      ({ name }) => name,
      ({ name }) => cardOf(name).node,
    );
    showAll();
  },
  onSync: (sync) => {
    syncs = syncs.map((known) => (known.name === sync.name ? sync : known));
    showSync(sync);
    showHead();
  },
  onPulse: (pulse) => {
    heard(pulse);
    showAll();
  },
  onLost: () => {
    if (isLost) return;
    isLost = true;
    showConnection('lost', 'Connection lost');
    showAll();
  },
});

/** @param {ServicePulse} pulse */
function heard(pulse) {
  service = pulse;
  setClock(pulse.now);
  heardMs = Date.parse(pulse.now);
  isLost = false;
  showConnection('live', 'Live');
}

/**
 * @param {string} state
 * @param {string} text
 */
function showConnection(state, text) {
  const node = byId('connection', HTMLElement);
  setAttributes(node, { 'data-connection': state });
  setText(node, text);
}

function showAll() {
  showHead();
  for (const sync of syncs) showSync(sync);
}

function showHead() {
  if (service === undefined) return;
  if (isLost) showLost(heardMs ?? nowMs());
  else showOverall(service, syncs);
  showGlance(syncs, isLost);
  showAbout(service);
}

/** @param {SyncStatus} sync */
function showSync(sync) {
  cardOf(sync.name).update(sync, { control: service?.control ?? false, isLost });
}

/** @param {string} name */
function cardOf(name) {
  const card = cards.get(name) ?? new Card(name);
  cards.set(name, card);
  return card;
}

list.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button[data-action]') : null;
  if (button instanceof HTMLButtonElement) void press(button);
});

const forget = byId('forget', HTMLButtonElement);
forget.hidden = heldToken() === undefined;
forget.addEventListener('click', () => {
  forgetToken();
  notify('The control token is forgotten.', 'good');
});

byId('notice', HTMLElement).addEventListener('click', clearNotice);
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') clearNotice();
});

setInterval(() => {
  tickTimes();
  if (isLost) showHead();
  else speaker.look(syncs);
}, TICK_MS);
