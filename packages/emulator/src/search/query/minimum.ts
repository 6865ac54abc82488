import { valueError } from '../errors.ts';

function wholeNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw valueError('number_format_exception', `For input string: "${text}"`);
  return Number(text);
}

function plain(text: string, count: number): number {
  const share = text.endsWith('%');
  const amount = wholeNumber(share ? text.slice(0, -1) : text);
  const steps = share ? Math.trunc((count * amount) / 100) : amount;
  return Math.max(0, amount < 0 ? count + steps : steps);
}

/** How many of so many clauses must match: a number, a share, either from the end, or `2<75%` for more clauses than two. */
export function minimumOf(value: unknown, count: number): number {
  const text = String(value).trim();
  if (!text.includes('<')) return plain(text, count);
  let result = count;
  for (const part of text.replaceAll(/\s*<\s*/g, '<').split(/\s+/)) {
    const [bound = '', then = ''] = part.split('<');
    if (count <= wholeNumber(bound)) return result;
    result = plain(then, count);
  }
  return result;
}
