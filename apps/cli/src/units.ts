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
