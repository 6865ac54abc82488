/** Years beyond four digits have a sign, and no zeros before them. */
function isoText(time: number): string {
  return new Date(time).toISOString().replace(/^([+-])0(?=\d{5})/, '$1');
}

/** A time in a format; `undefined` where the emulator does not know the format. */
export function dateText(format: unknown, time: number): string | undefined {
  const text = isoText(time);
  if (format === undefined || String(format).startsWith('strict_date_optional_time')) return text;
  if (format === 'epoch_millis') return String(Math.trunc(time));
  if (format === 'yyyy-MM-dd' || format === 'strict_date') return text.slice(0, 10);
  if (format === 'yyyy') return text.slice(0, 4);
  if (format === 'yyyy-MM') return text.slice(0, 7);
  return undefined;
}
