/** Small ways to build the page and to change it in place. Texts become text nodes, never HTML, and are shown by `visible`. */

import { visible } from './visible.js';

/**
 * @typedef {Readonly<Record<string, string | boolean | undefined>>} Attributes
 * @typedef {string | Node} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] `true` is an attribute without a value, `false` and `undefined` none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children.map(shown));
  return node;
}

/**
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(node, attributes);
  node.append(...children.map(shown));
  return node;
}

/** @param {Child} child */
function shown(child) {
  return typeof child === 'string' ? visible(child) : child;
}

/**
 * @param {Element} node
 * @param {Attributes} attributes
 */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? '' : value;
    if (text === undefined || text === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/**
 * Touches nothing when it says so already: what is selected stays selected.
 *
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/**
 * The element that is marked `data-part="name"`.
 *
 * @param {ParentNode} root
 * @param {string} name
 */
export function part(root, name) {
  return partOf(root, name, HTMLElement);
}

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
export function partOf(root, name, type) {
  const node = root.querySelector(`[data-part="${name}"]`);
  if (node instanceof type) return node;
  throw new Error(`The page has no ${type.name} ${name}`);
}

/**
 * The element with this id.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (node instanceof type) return node;
  throw new Error(`The page has no ${type.name} #${id}`);
}

/**
 * A copy of what is in a `<template>`.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function fromTemplate(id) {
  const node = byId(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (node instanceof HTMLElement) return node;
  throw new Error(`The template ${id} is empty`);
}

/**
 * Makes the children of `parent` those of `items`, in their order. A child stays the same element as long as its
 * item is there, so that focus, selection and what is open stay. When the focused one goes, its neighbour gets the focus.
 *
 * @template Item
 * @param {Element} parent
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Element} make
 * @param {(node: Element, item: Item) => void} [update]
 */
export function keepChildren(parent, items, keyOf, make, update = () => undefined) {
  const before = new Map([...parent.children].map((node) => [node.getAttribute('data-key'), node]));
  const nodes = items.map((item) => {
    const key = keyOf(item);
    const node = before.get(key) ?? make(item);
    node.setAttribute('data-key', key);
    update(node, item);
    return node;
  });
  const stay = new Set(nodes);
  const at = [...parent.children].findIndex((node) => node.contains(document.activeElement));
  const focused = parent.children[at];
  for (const node of before.values()) if (!stay.has(node)) node.remove();
  for (const [index, node] of nodes.entries()) {
    const there = parent.children[index];
    if (there !== node) parent.insertBefore(node, there ?? null);
  }
  if (focused !== undefined && !stay.has(focused)) focusIn(nodes[Math.min(at, nodes.length - 1)]);
}

/** @param {Element | undefined} node */
function focusIn(node) {
  const target = node?.querySelector('button, a[href], summary');
  if (target instanceof HTMLElement) target.focus();
}

/**
 * Marks a button as not to be used now. It keeps the focus, which a disabled one would lose.
 *
 * @param {HTMLElement} button
 * @param {boolean} isOff
 */
export function setOff(button, isOff) {
  setAttributes(button, { 'aria-disabled': isOff ? 'true' : undefined });
}
