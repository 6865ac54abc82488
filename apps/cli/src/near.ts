import { closestMatch } from 'leven';

/** The known name that somebody may have meant by another one: one that differs by a slip or two, in capitals, or in `_` and `-`. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = new Map(known.map((one) => [plainly(one), one]));
  const sought = plainly(name);
  const maxDistance = sought.length < 4 ? 1 : Math.max(2, Math.floor(sought.length / 3));
  const found = closestMatch(sought, [...plain.keys()], { maxDistance });
  return found === undefined ? undefined : plain.get(found);
}

function plainly(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
