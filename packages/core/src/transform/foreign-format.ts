/** What files begin with that are often taken for others, as bytes in Latin-1. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['\x1f\x8b', 'compressed with gzip'],
  ['\x1f\x9d', 'compressed with compress'],
  ['BZh', 'compressed with bzip2'],
  ['\xfd7zXZ\0', 'compressed with xz'],
  ['\x04\x22\x4d\x18', 'compressed with lz4'],
  ['\xff\x06\0\0sNaPpY', 'compressed with snappy'],
  ["7z\xbc\xaf'\x1c", 'a 7z archive'],
  ['PK\x03\x04', 'a zip archive or an Office file'],
  ['%PDF', 'a PDF'],
  ['PAR1', 'Parquet'],
  ['\x89HDF', 'HDF5'],
  ['\xff\xfe', 'UTF-16'],
  ['\xfe\xff', 'UTF-16'],
];
const LONGEST = 16;

/** What content is by its first bytes, where these are of a format that is no JSON in UTF-8. */
export function foreignFormat(bytes: Buffer): string | undefined {
  const beginning = bytes.toString('latin1', 0, LONGEST);
  const found = BEGINNINGS.find(([first]) => beginning.startsWith(first));
  if (found !== undefined) return found[1];
  // JSON begins with an ASCII character.
  return /^(?:[\t-~]\0|\0[\t-~])/.test(beginning) ? 'UTF-16' : undefined;
}
