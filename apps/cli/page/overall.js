/** The whole in one glance: head of the page, title and icon of the tab. */

/** @import { ServicePulse, SyncStatus } from '../src/serve/status.ts' */
/** @import { Glance } from './states.js' */

import { byId, element, keepChildren, setAttributes, setText, svg } from './dom.js';
import { moment, relative } from './format.js';
import { headline, subline, troubles, WORDS, worst } from './states.js';
import { nowMs, setTime, timeElement } from './time.js';

/** @type {Readonly<Record<Glance, readonly [sign: string, colour: string, shape: string]>>} */
const ICONS = {
  'up-to-date': ['✓', '#1a7f42', 'M4.8 8.3l2.2 2.2 4.2-4.6'],
  'catching-up': ['↑', '#1f66c1', 'M8 11.6V4.6M5 7.4l3-3 3 3'],
  attention: ['!', '#8a6500', 'M8 4v5M8 11.4v.5'],
  failing: ['✕', '#c22a21', 'M8 4v5M8 11.4v.5'],
  paused: ['‖', '#8a6500', 'M6 5v6M10 5v6'],
  starting: ['…', '#5b6675', 'M8 4.6V8l2.4 1.6'],
  lost: ['⚠', '#5b6675', 'M5 5l6 6M11 5l-6 6'],
};

/**
 * @param {ServicePulse} service
 * @param {readonly SyncStatus[]} syncs
 */
export function showOverall(service, syncs) {
  const title = headline(service, syncs);
  show(worst(service, syncs), title);
  setText(byId('subline', HTMLElement), `${capital(subline(syncs))}.`);
  showTroubles(troubles(service, nowMs()));
  setText(byId('version', HTMLElement), service.version);
}

/**
 * Nothing was heard since then: whatever the page shows may not be true any more.
 *
 * @param {number} heardMs
 */
export function showLost(heardMs) {
  show('lost', 'Connection lost');
  const heard = `Last heard at ${moment(heardMs, nowMs())}, ${relative(heardMs, nowMs())}.`;
  setText(
    byId('subline', HTMLElement),
    `${heard} What stands below may be out of date. Connecting again.`,
  );
  showTroubles([]);
}

/**
 * @param {Glance} glance
 * @param {string} text
 */
function show(glance, text) {
  const [sign, colour, shape] = ICONS[glance];
  setAttributes(byId('overall', HTMLElement), { 'data-state': glance });
  setAttributes(byId('overall-icon', SVGUseElement), { href: `#icon-${glance}` });
  setText(byId('headline', HTMLElement), text);
  const title = `${sign} ${text} · tdp-sync`;
  if (document.title !== title) document.title = title;
  setAttributes(byId('favicon', HTMLLinkElement), { href: iconOf(colour, shape) });
}

/**
 * @param {string} colour
 * @param {string} shape
 */
function iconOf(colour, shape) {
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${colour}"/><path d="${shape}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

/** @param {readonly string[]} texts */
function showTroubles(texts) {
  keepChildren(
    byId('troubles', HTMLElement),
    texts.map((text, at) => ({ text, at })),
    ({ at }) => String(at),
    () => element('li'),
    (node, { text }) => setText(node, text),
  );
}

/**
 * One link for each sync, where there are several.
 *
 * @param {readonly SyncStatus[]} syncs
 * @param {boolean} isLost
 */
export function showGlance(syncs, isLost) {
  const nav = byId('glance', HTMLElement);
  nav.hidden = syncs.length < 2;
  keepChildren(
    nav,
    syncs,
    ({ name }) => name,
    ({ name }) => link(name),
    (node, { state }) => {
      const glance = isLost ? 'lost' : state;
      setAttributes(node, { 'data-state': glance });
      const use = node.querySelector('use');
      if (use !== null) setAttributes(use, { href: `#icon-${glance}` });
      const word = node.querySelector('small');
      if (word !== null) setText(word, isLost ? 'unknown' : WORDS[state].toLowerCase());
    },
  );
}

/** @param {string} name */
function link(name) {
  const icon = svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use'));
  return element(
    'a',
    { href: `#sync-${name}` },
    icon,
    element('span', {}, name),
    ' ',
    element('small'),
  );
}

const ABOUT = [
  'Since',
  'Config',
  'Config read',
  'TDP',
  'Requests',
  'Token',
  'Time zone',
  'Copies',
  'Events',
  'Replicas',
];

/** @param {ServicePulse} service */
export function showAbout({ startedAt, config, source, copies, events, replicas, control }) {
  const list = byId('about', HTMLElement);
  const { inFlight, limit } = source;
  /** @type {Readonly<Record<string, readonly [text: string, at: string | null]>>} */
  const told = {
    Since: ['', startedAt],
    Config: [config.file, null],
    'Config read': ['', config.loadedAt],
    TDP: [source.url, null],
    Requests: [`${inFlight} under way, ${limit} files at once`, null],
    Token:
      source.tokenExpiresAt === null ? ['no expiry', null] : ['expires', source.tokenExpiresAt],
    'Time zone': [Intl.DateTimeFormat().resolvedOptions().timeZone, null],
    Events: [
      events === null ? '' : `${events.taken} taken, ${events.files} files`,
      events?.lastAt ?? null,
    ],
    Replicas: [replicasText(replicas), null],
    Copies: [copies.map(({ target }) => target).join(', '), copies[0]?.at ?? null],
  };
  keepChildren(
    list,
    ABOUT.filter(
      (name) =>
        (name !== 'Copies' || copies.length > 0) &&
        (name !== 'Events' || events !== null) &&
        (name !== 'Replicas' || replicas !== null),
    ),
    (name) => name,
    (name) =>
      element(
        'div',
        {},
        element('dt', {}, name),
        element('dd', {}, element('span'), ' ', timeElement()),
      ),
    (node, name) => {
      const [text, time] = node.lastElementChild?.children ?? [];
      const [said = '', at = null] = told[name] ?? [];
      if (text !== undefined) setText(text, said);
      if (time instanceof HTMLElement) setTime(time, at, '');
    },
  );
  byId('no-control', HTMLElement).hidden = control;
}

/**
 * Who does what: `pod-a:1 (this one, leads): lab run; pod-b:1: lab slice 3`.
 *
 * @param {ServicePulse['replicas']} replicas
 */
function replicasText(replicas) {
  return (replicas?.all ?? [])
    .map(({ name, isSelf, role, jobs }) => {
      const about = [...(isSelf ? ['this one'] : []), ...(role === 'works' ? [] : [role])];
      const work = jobs.map(
        ({ sync, kind, slice }) => `${sync} ${kind}${slice === null ? '' : ` ${slice}`}`,
      );
      const who = about.length === 0 ? name : `${name} (${about.join(', ')})`;
      return work.length === 0 ? who : `${who}: ${work.join(', ')}`;
    })
    .join('; ');
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
