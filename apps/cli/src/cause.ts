import type { SinkError, SinkErrorCode } from '@tdp-sync/sink';

/** What these mean depends on what the database says. */
const UNCLEAR: ReadonlySet<SinkErrorCode> = new Set([
  'SINK_FAILED',
  'SINK_UNAVAILABLE',
  'SINK_PERMISSION',
]);
/** Of a database's words no more is told. */
const LONGEST = 300;
/** What stands in quotes is a name behind one of these words, and may be a value of a row elsewhere. */
const NAMED =
  /\b(?:table|column|schema|catalog|database|view|index|constraint|function|macro|type|object|name|relation|role|user|login|host|server|extension|file|directory|path|parameter|setting|option|dataset|project|location|field|permission|PROXY)s?:? $/i;
const QUOTED = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/g;

/**
 * What a database says of why it refused, in one line behind a sink's own message. Values of rows that it may quote are left out;
 * secrets are taken out at the console, as of all texts. Nothing, where the message has it already.
 */
export function causeTold(error: SinkError): string {
  if (!UNCLEAR.has(error.code)) return '';
  const words = wordsOf(error.cause, 0);
  const told = withoutValues(words).slice(0, LONGEST);
  return told === '' || error.message.includes(told) ? '' : ` The cause: ${told}`;
}

/** The innermost message: drivers wrap what the server has said. */
function wordsOf(cause: unknown, depth: number): string {
  if (typeof cause === 'string') return cause;
  if (typeof cause !== 'object' || cause === null || depth > 5) return '';
  const {
    message,
    errors,
    failures,
    originalError,
    info,
    cause: inner,
  } = cause as Record<string, unknown>;
  const [first] = [failures, errors].flatMap((list) => (Array.isArray(list) ? list : []));
  for (const deeper of [inner, originalError, info, first]) {
    const words = wordsOf(deeper, depth + 1);
    if (words !== '') return words;
  }
  if (typeof message === 'string' && message.trim() !== '') return message;
  const { code } = cause as Record<string, unknown>;
  return typeof code === 'string' ? code : '';
}

function withoutValues(text: string): string {
  // Behind an empty line DuckDB quotes the statement.
  const [first = ''] = text.split(/\n\s*\nLINE /);
  return first
    .replace(QUOTED, (quoted, at: number, whole: string) =>
      NAMED.test(whole.slice(0, at)) ? quoted : `${quoted[0]}…${quoted[0]}`,
    )
    .replace(/\b(values? (?:is|was|of)?:?\s*)\([^)]*\)/gi, '$1(…)')
    .replace(/\b(values?:?) [-+\d.][\d.eE+-]*/gi, '$1 …')
    .replace(/\s+/g, ' ')
    .trim();
}
