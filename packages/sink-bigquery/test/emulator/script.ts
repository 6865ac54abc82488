/** A script as its blocks. Only what the sink sends is understood; anything else is an error of the test. */
export type Step =
  | { readonly kind: 'statement'; readonly text: string }
  | {
      readonly kind: 'if';
      readonly condition: string;
      readonly then: readonly Step[];
      readonly otherwise: readonly Step[];
    };

/** Takes a script apart. */
export function parseScript(script: string): readonly Step[] {
  const pieces = split(script);
  const [steps, end] = block(pieces, () => false);
  if (end !== undefined || pieces.length > 0) throw new Error(`Script ends too early at ${end}`);
  return steps;
}

function block(
  pieces: string[],
  isEnd: (piece: string) => boolean,
): readonly [readonly Step[], string | undefined] {
  const steps: Step[] = [];
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    if (isEnd(piece)) return [steps, piece];
    if (!/^IF\s/i.test(piece)) {
      steps.push({ kind: 'statement', text: piece });
      continue;
    }
    const at = thenOf(piece);
    pieces.unshift(piece.slice(at + 'THEN'.length).trim());
    const [then, end] = block(pieces, (next) => /^ELSE\b/i.test(next) || /^END IF$/i.test(next));
    let otherwise: readonly Step[] = [];
    if (end !== undefined && /^ELSE/i.test(end)) {
      pieces.unshift(end.replace(/^ELSE\s*/i, ''));
      [otherwise] = block(pieces, (next) => /^END IF$/i.test(next));
    }
    steps.push({ kind: 'if', condition: piece.slice('IF'.length, at).trim(), then, otherwise });
  }
  return [steps, undefined];
}

/** Where the THEN of an IF stands: outside of brackets and texts. */
function thenOf(piece: string): number {
  let depth = 0;
  let at = -1;
  scan(piece, (index) => {
    if (piece[index] === '(') depth += 1;
    if (piece[index] === ')') depth -= 1;
    if (at < 0 && depth === 0 && /^THEN\b/i.test(piece.slice(index, index + 5))) at = index;
  });
  return at;
}

function split(script: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  scan(script, (index) => {
    if (script[index] !== ';') return;
    pieces.push(script.slice(start, index).trim());
    start = index + 1;
  });
  pieces.push(script.slice(start).trim());
  return pieces.filter((piece) => piece !== '');
}

/** Visits every place that is not in a text or a quoted name. */
function scan(text: string, visit: (index: number) => void): void {
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quote !== undefined) {
      if (character === '\\') index += 1;
      else if (character === quote) quote = undefined;
    } else if (character === "'" || character === '"' || character === '`') quote = character;
    else visit(index);
  }
}
