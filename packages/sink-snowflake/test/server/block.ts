/** The statements of a block; a statement by itself as it is. */
export function statementsOf(text: string): readonly string[] {
  const block = /^EXECUTE IMMEDIATE '(.*)'$/s.exec(text)?.[1];
  if (block === undefined) return [text];
  const inner = block.replaceAll("''", "'").replaceAll('\\\\', '\\');
  const body = /^BEGIN\n(.*);\nEND$/s.exec(inner)?.[1] ?? '';
  return split(body);
}

/** Splits at each semicolon that is in no name and no literal. */
function split(text: string): readonly string[] {
  const pieces = text.match(/(?:"(?:[^"]|"")*"|'(?:[^'\\]|\\.|'')*'|[^;"'])+/gs) ?? [];
  return pieces.map((piece) => piece.trim());
}
