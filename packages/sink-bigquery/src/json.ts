import { SinkError } from '@tdp-sync/sink';

/** How deep BigQuery's JSON may be nested: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type */
const DEPTH = 500;

/** A number that may be too large for a float64: a long run of digits, or an exponent of three. */
const SUSPECT_NUMBER = /\d{309}|[eE]\+?0*[1-9]\d{2}/;

/**
 * A JSON text as `PARSE_JSON` takes it. That function fails on a number which no float64 holds, such as `1e400`, and
 * with it would fail the whole commit: such a number becomes a text. All else stays as it is.
 *
 * @throws SinkError `INVALID_VALUE` when it is nested too deeply for BigQuery.
 */
export function parsableJson(text: string): string {
  if (depthOf(text) > DEPTH) {
    throw new SinkError(
      'INVALID_VALUE',
      `A json value is nested more than ${DEPTH} levels deep, which BigQuery does not take.`,
    );
  }
  return SUSPECT_NUMBER.test(text) ? withoutHugeNumbers(text) : text;
}

/** Numbers outside of texts, each of them as it is written. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs;

function withoutHugeNumbers(text: string): string {
  return text.replace(TOKEN, (token) =>
    token.startsWith('"') || Number.isFinite(Number(token)) ? token : `"${token}"`,
  );
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSES: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function depthOf(text: string): number {
  // A text that has not so many brackets cannot be that deep, and is not looked through.
  if (text.length < 2 * DEPTH) return 0;
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (OPENS.has(code)) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (CLOSES.has(code)) depth -= 1;
  }
  return deepest;
}
