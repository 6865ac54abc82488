/** Lag and throughput of one sync over time, as two drawings and as a table of the same numbers. */

/** @import { HistoryPoint } from '../src/serve/status.ts' */
/** @import { Slot } from './series.js' */

import { element, keepChildren, setAttributes, setText, svg } from './dom.js';
import { moment, rate, size, span } from './format.js';
import { lagHeight, slotsOf } from './series.js';
import { cell, line, table } from './table.js';
import { nowMs, setTime, timeElement } from './time.js';

/** The drawings are so high; as wide as there are slots. */
const HEIGHT = 100;

/**
 * @typedef {object} Chart
 * @property {HTMLElement} node
 * @property {HTMLElement} value
 * @property {HTMLElement} top
 * @property {HTMLElement} from
 * @property {SVGElement} drawing
 * @property {SVGElement} description
 * @property {SVGElement} area
 * @property {SVGElement} stroke
 */

/** The two charts of one sync. */
export class Charts {
  /** @type {readonly Element[]} */
  nodes;
  #lag;
  #files;
  #numbers;
  #body;
  /** @type {readonly Slot[]} */
  #slots = [];

  /** @param {string} sync */
  constructor(sync) {
    this.#lag = chart('Lag', `lag-${sync}`, 'lag');
    this.#files = chart('Files a minute', `files-${sync}`, 'files');
    const { node, body } = table('From', 'Lag', 'Files a minute', 'Content a minute');
    this.#body = body;
    this.#numbers = element(
      'details',
      { class: 'numbers' },
      element('summary', {}, 'The same in numbers'),
      node,
    );
    this.#numbers.addEventListener('toggle', () => this.#showNumbers());
    this.nodes = [this.#lag.node, this.#files.node, this.#numbers];
  }

  /** @param {readonly HistoryPoint[]} history */
  update(history) {
    const slots = slotsOf(history, nowMs());
    this.#slots = slots;
    const lags = slots.map(({ lagSeconds }) => lagSeconds);
    const files = slots.map(({ filesPerMinute }) => filesPerMinute);
    const lag = lags.at(-1) ?? null;
    const most = Math.max(...lags.map((value) => value ?? 0));
    const peak = Math.max(...files);
    setText(this.#lag.value, lag === null ? 'not known yet' : span(lag));
    setText(this.#lag.top, most === 0 ? '' : `highest ${span(most)}, by orders of magnitude`);
    setText(this.#files.value, rate(files.at(-1) ?? 0));
    setText(this.#files.top, peak === 0 ? '' : `highest ${rate(peak)}`);
    draw(this.#lag, slots, steps(lags, most), `Highest ${span(most)}`);
    draw(this.#files, slots, bars(files, peak), `Highest ${rate(peak)} files a minute`);
    this.#showNumbers();
  }

  #showNumbers() {
    if (!this.#numbers.open) return;
    keepChildren(
      this.#body,
      this.#slots.toReversed(),
      ({ fromMs }) => String(fromMs),
      () => row(),
      (node, slot) => fill(node, slot),
    );
  }
}

/**
 * @param {string} title
 * @param {string} id
 * @param {string} kind
 * @returns {Chart}
 */
function chart(title, id, kind) {
  const value = element('strong');
  const top = element('small', { 'aria-hidden': 'true' });
  const from = element('span');
  const description = svg('desc', { id: `${id}-desc` });
  const area = svg('path', { class: 'area' });
  const stroke = svg('path', { class: 'line' });
  const drawing = svg(
    'svg',
    {
      ...{ role: 'img', preserveAspectRatio: 'none' },
      ...{ 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-desc` },
    },
    svg('title', { id: `${id}-title` }, `${title} over time`),
    description,
    area,
    stroke,
  );
  const node = element(
    'figure',
    { class: `chart ${kind}` },
    element('figcaption', {}, title, top, value),
    element('div', { class: 'plot' }, drawing),
    element('p', { class: 'axis', 'aria-hidden': 'true' }, from, element('span', {}, 'now')),
  );
  return { node, value, top, from, drawing, description, area, stroke };
}

/**
 * @param {Chart} chart
 * @param {readonly Slot[]} slots
 * @param {{ readonly area: string, readonly line: string }} paths
 * @param {string} highest
 */
function draw({ from, drawing, description, area, stroke }, slots, paths, highest) {
  const begin = moment(slots[0]?.fromMs ?? 0, nowMs());
  setText(from, begin.replace(/:00$/, ''));
  setText(description, `${highest}, from ${begin} to now. The numbers are in the table below.`);
  setAttributes(drawing, { viewBox: `0 0 ${slots.length} ${HEIGHT}` });
  setAttributes(area, { d: paths.area });
  setAttributes(stroke, { d: paths.line });
}

/**
 * A line that stays as it is from one value to the next. It begins where the first one is known.
 *
 * @param {readonly (number | null)[]} values
 * @param {number} most
 */
function steps(values, most) {
  const first = values.findIndex((value) => value !== null);
  if (first < 0) return { area: '', line: '' };
  const known = values.slice(first).map((value) => level(lagHeight(value ?? 0, most), 1));
  const path = known.map((y, index) => `V${y}H${first + index + 1}`).join('');
  return {
    area: `M${first} ${HEIGHT}${path}V${HEIGHT}Z`,
    line: `M${first} ${known[0]}${path}`,
  };
}

/**
 * @param {readonly number[]} values
 * @param {number} most
 */
function bars(values, most) {
  const drawn = values.map((value, x) =>
    value === 0 ? '' : `M${x + 0.1} ${HEIGHT}V${level(value, most)}h0.8V${HEIGHT}Z`,
  );
  return { area: drawn.join(''), line: '' };
}

/**
 * @param {number} value
 * @param {number} most
 */
function level(value, most) {
  return most === 0 ? HEIGHT : Math.round(HEIGHT * 10 * (1 - value / most)) / 10;
}

function row() {
  return line(
    cell('From', timeElement()),
    cell('Lag'),
    cell('Files a minute'),
    cell('Content a minute'),
  );
}

/**
 * @param {Element} node
 * @param {Slot} slot
 */
function fill(node, { fromMs, lagSeconds, filesPerMinute, bytesPerMinute }) {
  const [from, lag, files, bytes] = node.children;
  const time = from?.firstElementChild;
  if (time instanceof HTMLElement) setTime(time, new Date(fromMs).toISOString());
  if (lag) setText(lag, lagSeconds === null ? '–' : span(lagSeconds));
  if (files) setText(files, rate(filesPerMinute));
  if (bytes) setText(bytes, size(bytesPerMinute));
}
