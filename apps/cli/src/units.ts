const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Milliseconds of a text such as `90s`, `15m`, `4h` or `1d`; `undefined` for any other. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : DURATION_MS[unit];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

/** Bytes of a text such as `256MB`, powers of 1,024; `undefined` for any other. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)$/i.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : BYTES[unit.toUpperCase()];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

const MOMENT =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * Milliseconds since 1970 of a text such as `2024`, `2024-03`, `2024-03-01` or `2024-03-01T08:00:00Z`: where that year, month or day begins. In UTC,
 * unless it says otherwise. `undefined` for any other text, and for days that there are not.
 */
export function parseMomentMs(text: string): number | undefined {
  const parts = MOMENT.exec(text.trim());
  if (parts === null) return undefined;
  const [, year, month = '01', day = '01', minutes = '00:00', seconds = '00'] = parts;
  const [fraction = '', zone = 'Z'] = parts.slice(6);
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00.000Z`);
  // It makes 2 March of 30 February.
  if (Number.isNaN(midnight) || new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  const time = `${year}-${month}-${day}T${minutes}:${seconds}.${fraction.padEnd(3, '0')}${zone}`;
  const timeMs = Date.parse(time);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
