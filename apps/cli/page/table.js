/**
 * Tables that become lists of lines on a narrow screen. The roles are named because browsers forget those of a
 * table that is not laid out as one.
 */

/** @import { Child } from './dom.js' */

import { element } from './dom.js';

/**
 * An empty table and the body that its lines go into.
 *
 * @param {...Child} names of its columns
 */
export function table(...names) {
  const cells = names.map((name) => element('th', { scope: 'col', role: 'columnheader' }, name));
  const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...cells));
  const body = element('tbody', { role: 'rowgroup' });
  return { node: element('table', { class: 'stack', role: 'table' }, head, body), body };
}

/** @param {...Child} cells */
export function line(...cells) {
  return element('tr', { role: 'row' }, ...cells);
}

/**
 * @param {string} label what stands before it on a narrow screen
 * @param {...Child} children
 */
export function cell(label, ...children) {
  return element('td', { role: 'cell', 'data-label': label }, ...children);
}
