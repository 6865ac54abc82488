import { type Document, isCollection, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { Issue, Path } from './issues.ts';

/** A config file as it was written. */
export interface Written {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Of a long line. */
const QUOTED = 100;

/** Everything that is wrong with a config, each with its path, its line, and what stands there. */
export function report(issues: readonly Issue[], written: Written): string {
  const found = issues
    .map((issue) => ({ issue, place: placeOf(issue.path, written.document) }))
    .sort((a, b) => (a.place?.offset ?? 0) - (b.place?.offset ?? 0))
    .flatMap(({ issue, place }) => described(issue, place, written));
  const count = issues.length === 1 ? 'One thing is' : `${issues.length} things are`;
  return `${count} wrong in ${written.file}:\n${found.join('\n')}`;
}

function described(
  issue: Issue,
  place: Place | undefined,
  { text, lines }: Written,
): readonly string[] {
  const where = issue.path.map(String).join('.') || 'the file';
  if (place === undefined) return [`  ${where}: ${issue.message}`];
  const { line } = lines.linePos(place.offset);
  return [
    `  ${where} (line ${line}): ${issue.message}`,
    `    ${line} | ${quoteOf(issue, place, text)}`,
  ];
}

/**
 * Of settings that are known the value, too, as it was written. What stands at an unknown one may be a secret under a wrong
 * name, and what has parts of its own may have one among them.
 */
function quoteOf({ is }: Issue, { offset, keyEnd, valueEnd }: Place, text: string): string {
  const key = text.slice(offset, keyEnd);
  if (is === 'unknown' || valueEnd === undefined) return `${key}${keyEnd === offset ? '' : ': '}…`;
  const [line = '', ...rest] = text.slice(offset, valueEnd).trimEnd().split('\n');
  const shown = line.replace(/\/\/[^/@\s]*@/, '//…@').trimEnd();
  return shown.length > QUOTED || rest.length > 0 ? `${shown.slice(0, QUOTED)} …` : shown;
}

/** Where a setting stands in the text. */
interface Place {
  readonly offset: number;
  /** The end of its name. */
  readonly keyEnd: number;
  /** The end of its value, where that has no parts of its own. */
  readonly valueEnd: number | undefined;
}

/** The place of a path, or of the nearest part of it that the file has. */
function placeOf(path: Path, document: Document): Place | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const place = placeOfPart(path.slice(0, length), document);
    if (place !== undefined) return place;
  }
  return undefined;
}

function placeOfPart(path: Path, document: Document): Place | undefined {
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = String(path.at(-1));
  const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === name) : undefined;
  const value: unknown = pair === undefined ? document.getIn(path, true) : pair.value;
  const valueEnd = isScalar(value) ? value.range?.[1] : undefined;
  const key = pair?.key;
  if (isNode(key) && key.range) return { offset: key.range[0], keyEnd: key.range[1], valueEnd };
  if (!isNode(value) || !value.range) return undefined;
  const [offset] = value.range;
  return { offset, keyEnd: offset, valueEnd: isCollection(value) ? undefined : valueEnd };
}
