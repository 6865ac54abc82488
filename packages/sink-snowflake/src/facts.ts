/** What is known of an error: the server's code of six digits or the driver's own, the SQLSTATE, and what was said. */
export interface Facts {
  readonly code: string;
  readonly sqlState: string;
  /** Codes of the system, of this error and of those behind it. */
  readonly causes: ReadonlySet<string>;
  /** The HTTP status, where it was refused by one. */
  readonly status: number | undefined;
  readonly text: string;
}

/** Everything that an error of the driver and those it wraps say. */
export function factsOf(error: unknown): Facts {
  const causes = new Set<string>();
  const texts: string[] = [];
  const seen = new Set<unknown>();
  let [code, sqlState] = ['', ''];
  let status: number | undefined;
  const look = (part: unknown, isFirst: boolean): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    const fields = part as Readonly<Record<string, unknown>>;
    if (isFirst) {
      code = String(fields['code'] ?? '');
      sqlState = String(fields['sqlState'] ?? '');
    }
    if (typeof fields['code'] === 'string') causes.add(fields['code']);
    if (typeof fields['message'] === 'string') texts.push(fields['message']);
    status ??= statusOf(fields['response']);
    look(fields['cause'], false);
  };
  look(error, true);
  return { code, sqlState, causes, status, text: texts.join('\n') };
}

function statusOf(response: unknown): number | undefined {
  if (typeof response !== 'object' || response === null) return undefined;
  const { statusCode, status } = response as Readonly<Record<string, unknown>>;
  const found = statusCode ?? status;
  return typeof found === 'number' ? found : undefined;
}
