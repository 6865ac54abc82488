/** A seeded source of numbers: the same seed gives the same sequence in every process. */
export interface Random {
  /** The next number in [0, 1). */
  next(): number;
  /** The next whole number in [0, limit). */
  int(limit: number): number;
  /** The next unsigned 32-bit number. */
  bits(): number;
  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** Opens the sequence of a seed (sfc32, well mixed before its first number). */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = (seed / 0x1_0000_0000) | 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) bits();
  const next = (): number => bits() / 0x1_0000_0000;
  const int = (limit: number): number => Math.floor(next() * limit);
  return { next, int, bits, pick: (items) => items[int(items.length)] ?? items[0] };
}

/** A 32-bit hash of a text (FNV-1a, finally mixed), for choices that must depend on a name only. */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The same hash as a share in [0, 1): whether a file belongs to "5 % of all files". */
export function shareOf(text: string, seed: number): number {
  return hashText(text, seed) / 0x1_0000_0000;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

function hex32(bits: number): string {
  return `${HEX[bits >>> 24]}${HEX[(bits >>> 16) & 255]}${HEX[(bits >>> 8) & 255]}${HEX[bits & 255]}`;
}

/** The next UUID (version 4) of a sequence. */
export function nextUuid(random: Random): string {
  const a = hex32(random.bits());
  const b = hex32((random.bits() & 0xffff0fff) | 0x4000);
  const c = hex32((random.bits() & 0x3fffffff) | 0x80000000);
  const d = hex32(random.bits());
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}
