/** The service's clock, and times that stay true while the page stands. */

import { element, setAttributes, setText } from './dom.js';
import { moment, relative, utc } from './format.js';

/** What this machine's clock is behind the service's. */
let offsetMs = 0;

/** @param {string} now what the service's clock says */
export function setClock(now) {
  offsetMs = Date.parse(now) - Date.now();
}

/** By the service's clock. */
export function nowMs() {
  return Date.now() + offsetMs;
}

/** An empty `<time>` for {@link setTime}. */
export function timeElement() {
  return element('time', {}, element('span'), element('small'));
}

/**
 * Shows a moment and how long ago it is, or `otherwise`.
 *
 * @param {HTMLElement} node of {@link timeElement}
 * @param {string | null} iso
 * @param {string} [otherwise]
 */
export function setTime(node, iso, otherwise = '–') {
  const timeMs = iso === null ? Number.NaN : Date.parse(iso);
  const isKnown = !Number.isNaN(timeMs);
  setAttributes(node, {
    datetime: isKnown ? new Date(timeMs).toISOString() : undefined,
    title: isKnown ? utc(timeMs) : undefined,
  });
  if (isKnown) tickTime(node);
  else setTexts(node, otherwise, '');
}

/** Brings all times up to date. */
export function tickTimes() {
  for (const node of document.querySelectorAll('time[datetime]'))
    if (node instanceof HTMLElement) tickTime(node);
}

/** @param {HTMLElement} node */
function tickTime(node) {
  const timeMs = Date.parse(node.getAttribute('datetime') ?? '');
  const now = nowMs();
  setTexts(node, moment(timeMs, now), relative(timeMs, now));
}

/**
 * @param {HTMLElement} node
 * @param {string} first
 * @param {string} second
 */
function setTexts(node, first, second) {
  const [a, b] = node.children;
  if (a !== undefined) setText(a, first);
  if (b !== undefined) setText(b, second);
}
