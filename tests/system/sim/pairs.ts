import { Random } from './random.ts';

type Choice = Readonly<Record<string, unknown>>;

/** A few choices of one value for each name in which every two values of two names meet at least once. */
export function inPairs(values: Readonly<Record<string, readonly unknown[]>>): readonly Choice[] {
  const names = Object.keys(values);
  const random = new Random(1);
  const open = new Set(allPairs(values));
  const choices: Choice[] = [];
  while (open.size > 0) {
    const candidates = Array.from({ length: 60 }, () => candidate(values, open, random));
    const best = candidates.reduce((a, b) => (gain(b, names, open) > gain(a, names, open) ? b : a));
    for (const pair of pairsOf(best, names)) open.delete(pair);
    choices.push(best);
  }
  return choices;
}

/** Begins with a pair that has not met yet, and chooses the rest by chance. */
function candidate(
  values: Readonly<Record<string, readonly unknown[]>>,
  open: ReadonlySet<string>,
  random: Random,
): Choice {
  const [a, , b] = JSON.parse(random.pick([...open])) as [string, unknown, string];
  const [, x, , y] = JSON.parse(
    random.pick(
      [...open].filter((pair) => pair.startsWith(`["${a}"`) && pair.includes(`,"${b}",`)),
    ),
  ) as [string, unknown, string, unknown];
  const chosen = Object.entries(values).map(([name, list]) => [name, random.pick(list)]);
  return { ...Object.fromEntries(chosen), [a]: x, [b]: y };
}

function gain(choice: Choice, names: readonly string[], open: ReadonlySet<string>): number {
  return pairsOf(choice, names).filter((pair) => open.has(pair)).length;
}

function pairsOf(choice: Choice, names: readonly string[]): readonly string[] {
  return names.flatMap((a, at) =>
    names.slice(at + 1).map((b) => JSON.stringify([a, choice[a], b, choice[b]])),
  );
}

function allPairs(values: Readonly<Record<string, readonly unknown[]>>): readonly string[] {
  const names = Object.keys(values);
  return names.flatMap((a, at) =>
    names
      .slice(at + 1)
      .flatMap((b) =>
        (values[a] ?? []).flatMap((x) =>
          (values[b] ?? []).map((y) => JSON.stringify([a, x, b, y])),
        ),
      ),
  );
}
