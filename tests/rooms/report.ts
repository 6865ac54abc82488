import { join } from 'node:path/posix';
import type { Package } from './files.ts';

/** How one `src` is built: whatever lies directly in it, file or folder, counts as a room. */
export interface Measures {
  readonly rooms: number;
  /** Rooms of the longest chain of imports. */
  readonly floors: number;
  /** Pairs of rooms of which one imports the other. */
  readonly arrows: number;
}

/** Counts the rooms of a package's `src`. Who looks at an old state may find circles: they are cut where they close. */
export function measure({ files }: Package): Measures {
  const below = new Map<string, Set<string>>();
  for (const [file, imports] of files) {
    const room = doorOf(file);
    if (room === undefined) continue;
    const reached = below.get(room) ?? new Set<string>();
    below.set(room, reached);
    for (const { specifier } of imports) {
      const other = specifier.startsWith('.') ? doorOf(join(file, '..', specifier)) : undefined;
      if (other !== undefined && other !== room) reached.add(other);
    }
  }
  const heights = new Map<string, number>();
  const height = (room: string): number => {
    const known = heights.get(room);
    if (known !== undefined) return known;
    heights.set(room, 0);
    const found = 1 + Math.max(0, ...[...(below.get(room) ?? [])].map(height));
    heights.set(room, found);
    return found;
  };
  return {
    rooms: below.size,
    floors: Math.max(0, ...[...below.keys()].map(height)),
    arrows: [...below.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

function doorOf(file: string): string | undefined {
  const [top, first] = file.split('/');
  return top === 'src' ? first : undefined;
}
