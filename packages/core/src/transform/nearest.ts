/** Of what there is, what somebody may have meant by a name that differs by a letter or two, or in capitals. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const most = Math.max(name.length < 4 ? 1 : 2, name.length / 3);
  const [found] = [...known]
    .map((one) => ({ one, distance: distance(one.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return found?.one;
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (let column = 0; column < b.length; column += 1) {
      const change = (above[column] ?? 0) + (letter === b[column] ? 0 : 1);
      line.push(Math.min(change, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
