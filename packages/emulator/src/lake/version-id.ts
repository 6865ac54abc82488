const ALPHABET = '0Ah_1BiO2CjP3DkQ4ElR5FmS6GnT7HoU8IpV9JqWaKrXbLsYcMtZdNuyezvwfg.x';

/**
 * The S3 VersionId of a fileId. It looks like one and can be turned back, so a million versions need
 * no second index.
 */
export function versionIdOf(fileId: string): string {
  let text = '';
  for (let index = 0; index < fileId.length; index++) {
    const digit = Number.parseInt(fileId.charAt(index), 16);
    if (!Number.isNaN(digit)) text += ALPHABET.charAt(digit * 4 + (text.length & 3));
  }
  return text;
}

/** The fileId of a VersionId, or `undefined` when it is none of ours. */
export function fileIdOf(versionId: string): string | undefined {
  if (versionId.length !== 32) return undefined;
  let hex = '';
  for (let index = 0; index < 32; index++) {
    const place = ALPHABET.indexOf(versionId.charAt(index));
    if (place < 0 || (place & 3) !== (index & 3)) return undefined;
    hex += (place >> 2).toString(16);
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
