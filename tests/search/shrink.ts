/** Whether a request still shows what is looked for. */
type Shows = (request: string) => Promise<boolean>;

/** All values that come of leaving out one part of a value, or of putting one of its parts in its place. */
function parts(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.flatMap((item, at) => [
      items.toSpliced(at, 1),
      ...parts(item).map((part) => items.with(at, part)),
    ]);
  }
  const entries = Object.entries(value);
  return entries.flatMap(([key, inner]) => {
    const others = Object.fromEntries(entries.filter(([name]) => name !== key));
    const without = entries.length > 1 ? [others] : [];
    const inPlace = parts(inner).map((part) => ({ ...value, [key]: part }));
    return [...without, ...hoisted(key, inner), ...inPlace];
  });
}

/** A clause of a `bool` in the place of the whole. */
function hoisted(key: string, inner: unknown): unknown[] {
  if (key !== 'bool' || typeof inner !== 'object' || inner === null) return [];
  return Object.values(inner).flatMap((clauses: unknown) =>
    Array.isArray(clauses) ? clauses : typeof clauses === 'object' ? [clauses] : [],
  );
}

/** The smallest request that can be come to by leaving out parts, one after the other, and still shows it. */
export async function smaller(request: string, shows: Shows): Promise<string> {
  let small = request;
  for (let found = true; found; ) {
    found = false;
    for (const part of parts(JSON.parse(small))) {
      const text = JSON.stringify(part);
      if (text.length >= small.length || !(await shows(text))) continue;
      [small, found] = [text, true];
      break;
    }
  }
  return small;
}
