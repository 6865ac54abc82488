import { join } from 'node:path/posix';
import type { Package } from './files.ts';
import type { Import } from './imports.ts';
import { ALL, GROUND, type PackageRow, type Rooms } from './table.ts';

/** One line for each import that the table does not allow: file, import and rule. */
export function violations(
  packages: readonly Package[],
  table: Readonly<Record<string, PackageRow>>,
): readonly string[] {
  const names = new Set(packages.map(({ name }) => name));
  return packages.flatMap(({ folder, files }) => {
    const row = table[folder];
    if (row === undefined) return [`${folder}: is not in tests/rooms/table.ts`];
    return [...files].flatMap(([file, imports]) => [
      ...strangers(folder, file, row.rooms),
      ...imports.flatMap((found) => {
        const rule = brokenRule(file, found, row, names);
        if (rule === undefined) return [];
        return [`${folder}/${file}:${found.line}: imports '${found.specifier}', but ${rule}`];
      }),
    ]);
  });
}

/** The room of a file of a package; `undefined` for what lies beside `src`. */
export function roomOf(file: string, rooms: Rooms): string | undefined {
  const [top, first = '', ...deeper] = file.split('/');
  if (top !== 'src') return undefined;
  return deeper.length > 0 || Object.hasOwn(rooms, first) ? first : GROUND;
}

/** A new folder has a place in the table, too. */
function strangers(folder: string, file: string, rooms: Rooms | undefined): readonly string[] {
  const room = rooms === undefined ? undefined : roomOf(file, rooms);
  if (rooms === undefined || room === undefined || Object.hasOwn(rooms, room)) return [];
  return [`${folder}/${file}: its room ${room} is not in tests/rooms/table.ts`];
}

function brokenRule(
  file: string,
  { specifier, inType }: Import,
  { packages, rooms }: PackageRow,
  names: ReadonlySet<string>,
): string | undefined {
  if (!specifier.startsWith('.')) {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    if (!names.has(name) || packages.includes(name)) return undefined;
    return `this package may import of this repository ${list(packages)}`;
  }
  const target = join(file, '..', specifier);
  if (target.startsWith('../')) return 'no relative import leaves its package';
  // Biome's rule against circles does not see it there.
  if (inType) return "a type of this package is had by 'import type'";
  if (rooms === undefined) return undefined;
  const [from, to] = [roomOf(file, rooms), roomOf(target, rooms)];
  if (from === undefined || from === to) return undefined;
  if (to === undefined) return 'src imports nothing that lies beside it';
  const allowed = rooms[from] ?? [];
  if (allowed.includes(to) || allowed.includes(ALL)) return undefined;
  return `${from} may import ${list(allowed)}, not ${to}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : `only ${names.join(', ')}`;
}
