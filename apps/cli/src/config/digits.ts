/** Whether a whole number has lost digits when it was read: JavaScript's numbers keep up to 2^53 of them all. */
export function isRounded(value: number, written: string | undefined): boolean {
  return !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(written ?? '');
}
