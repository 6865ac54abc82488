const ALPHABET = '0Ah_1BiO2CjP3DkQ4ElR5FmS6GnT7HoU8IpV9JqWaKrXbLsYcMtZdNuyezvwfg.x';
const HEX = '0123456789abcdef';

/** Value of a hex digit by character code, -1 for everything else. */
const DIGITS: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  HEX.indexOf(String.fromCharCode(code).toLowerCase()),
);
/** Place in the alphabet by character code, -1 for everything else. */
const PLACES: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);

/** Character codes, since a text that is put together character by character costs more to use. */
const ALPHABET_CODES: Uint8Array = Buffer.from(ALPHABET);
const HEX_CODES: Uint8Array = Buffer.from(HEX);
const HYPHEN = '-'.charCodeAt(0);

/**
 * The S3 VersionId of a fileId. It looks like one and can be turned back, so a million versions need
 * no second index.
 */
export function versionIdOf(fileId: string): string {
  const codes: number[] = [];
  for (let index = 0; index < fileId.length; index++) {
    const digit = DIGITS[fileId.charCodeAt(index)] ?? -1;
    if (digit >= 0) codes.push(ALPHABET_CODES[digit * 4 + (codes.length & 3)] ?? 0);
  }
  return String.fromCharCode(...codes);
}

/** The fileId of a VersionId, or `undefined` when it is none of ours. */
export function fileIdOf(versionId: string): string | undefined {
  if (versionId.length !== 32) return undefined;
  const codes: number[] = [];
  for (let index = 0; index < 32; index++) {
    const place = PLACES[versionId.charCodeAt(index)] ?? -1;
    if (place < 0 || (place & 3) !== (index & 3)) return undefined;
    if (index === 8 || index === 12 || index === 16 || index === 20) codes.push(HYPHEN);
    codes.push(HEX_CODES[place >> 2] ?? 0);
  }
  return String.fromCharCode(...codes);
}
