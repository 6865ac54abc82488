import { nearest } from '../near.ts';
import { type Shape, settingsAt, shapeAt, whereElse } from './shapes.ts';

/** Where in a config. */
export type Path = readonly PropertyKey[];

/** One thing that is wrong with a config. */
export interface Issue {
  readonly path: Path;
  readonly message: string;
  /** `unknown`: there is no such setting. `missing`: it has to be there. `unset`: a variable that it asks for is not set. */
  readonly is?: 'unknown' | 'missing' | 'unset';
  /** With `unknown`: the setting beside it that may have been meant. */
  readonly meant?: string | undefined;
}

/** What a validator says, as far as it says so; sinks may have other validators than zod. */
export interface RawIssue {
  readonly path: Path;
  readonly message: string;
  readonly code?: unknown;
  readonly keys?: unknown;
  readonly issues?: unknown;
  readonly errors?: unknown;
  readonly values?: unknown;
  readonly divisor?: unknown;
}

/** What is checked, and what is known of how it should be. */
export interface Checked {
  readonly value: unknown;
  readonly shape: Shape;
}

/** What a validator says without help. */
const RAW = /^(?:Invalid |Too (?:big|small):|Unrecognized key)/;

/** One issue of a validator in the words of this command: each name by itself, and of a choice the way that was meant. */
export function issuesOf(raw: RawIssue, checked: Checked): readonly Issue[] {
  const { path, code } = raw;
  const below = (inner: readonly RawIssue[]): readonly Issue[] =>
    inner.flatMap((one) => issuesOf({ ...one, path: [...path, ...one.path] }, checked));
  if (code === 'unrecognized_keys' && Array.isArray(raw.keys))
    return raw.keys.map((key: string) => unknown([...path, key], checked.shape));
  if (code === 'invalid_key' && Array.isArray(raw.issues))
    return raw.issues.map(({ message }: RawIssue) => ({ path, message }));
  if (code === 'invalid_union') {
    const way = wayMeant(raw.errors);
    if (way !== undefined) return below(way);
  }
  return [wrong(raw, checked)];
}

/** The only branch of a choice that has taken the value for what it is, and found something within it. */
function wayMeant(branches: unknown): readonly RawIssue[] | undefined {
  if (!Array.isArray(branches)) return undefined;
  const within = branches.filter((issues: readonly RawIssue[]) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return within.length === 1 ? within[0] : undefined;
}

function unknown(path: Path, shape: Shape): Issue {
  const name = String(path.at(-1));
  const known = settingsAt(shape, path.slice(0, -1));
  const meant = nearest(name, known);
  const none = { path, is: 'unknown', meant } as const;
  if (meant !== undefined)
    return { ...none, message: `there is no such setting; did you mean ${meant}?` };
  const place = whereElse(shape, name);
  if (place !== undefined)
    return { ...none, message: `there is no such setting here; it belongs to ${place}` };
  const all = known.length === 0 ? '' : `; there are ${known.join(', ')}`;
  return { ...none, message: `there is no such setting${all}` };
}

function wrong(raw: RawIssue, { value, shape }: Checked): Issue {
  const { path } = raw;
  const found = valueAt(value, path);
  const expected = RAW.test(raw.message) ? expectation(raw, shape) : raw.message;
  if (found === undefined) return { path, is: 'missing', message: missing(expected) };
  return {
    path,
    message: raw.code === 'invalid_type' ? `${expected}; this is ${kindOf(found)}` : expected,
  };
}

/** What a validator has said itself need not be said twice. */
function missing(expected: string): string {
  const rest = /^(?:it )?is missing(.*)$/s.exec(expected)?.[1];
  return rest === undefined ? `it is missing; ${expected}` : `it is missing${rest}`;
}

function expectation(raw: RawIssue, shape: Shape): string {
  const at = shapeAt(shape, raw.path);
  if (Array.isArray(raw.values)) return `expected ${listed(raw.values.map(String))}`;
  if (typeof raw.divisor === 'number') return `expected a multiple of ${raw.divisor}`;
  const kind = kindWanted(at);
  if (kind === undefined) return raw.message.replace(/^Invalid input: /, '');
  const example = at?.default ?? at?.examples?.[0];
  const isShown = ['string', 'number', 'boolean'].includes(typeof example) && example !== '';
  const such = isShown ? `, such as ${example}` : '';
  return `expected ${kind}${such}`;
}

function kindWanted(shape: Shape | undefined): string | undefined {
  switch (shape?.type) {
    case 'integer':
    case 'number':
      return numberWanted(shape);
    case 'string':
      return shape.enum === undefined ? 'a text' : listed(shape.enum.map(String));
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'settings by name';
    default:
      return undefined;
  }
}

function numberWanted({ type, minimum, maximum, exclusiveMinimum }: Shape): string {
  const what = type === 'integer' ? 'a whole number' : 'a number';
  const least = exclusiveMinimum ?? minimum;
  // What zod says of any whole number.
  const isOpen = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  if (least === undefined || least === Number.MIN_SAFE_INTEGER) return what;
  if (isOpen) return `${what}, ${exclusiveMinimum === undefined ? 'at least' : 'above'} ${least}`;
  return `${what} ${exclusiveMinimum === undefined ? 'from' : 'above'} ${least} to ${maximum}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'settings by name';
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key)
        ? part[key as keyof typeof part]
        : undefined,
    value,
  );
}

/** Each cause once: without what follows from another issue. */
export function withoutConsequences(issues: readonly Issue[]): readonly Issue[] {
  const unset = issues.filter(({ is }) => is === 'unset');
  const meant = new Set(
    issues.flatMap(({ path, meant: one }) =>
      one === undefined ? [] : [textOf([...path.slice(0, -1), one])],
    ),
  );
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const { path, message, is } = issue;
    const key = `${textOf(path)} ${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    if (is === 'missing' && meant.has(textOf(path))) return false;
    if (is === 'unset' || is === 'unknown') return true;
    return !unset.some((other) => isWithin(path, other.path) || isWithin(other.path, path));
  });
}

function isWithin(path: Path, whole: Path): boolean {
  return whole.every((part, index) => String(path[index]) === String(part));
}

function textOf(path: Path): string {
  return path.map(String).join('\n');
}
