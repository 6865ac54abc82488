import { hash } from 'node:crypto';

/**
 * The name that is wanted, and what stands in for it where that is taken: the same one in every database. One by one,
 * since nearly always the first will do, and every table of every file is looked for.
 */
export function* candidates(name: string, path: string): Generator<string> {
  yield name;
  const digest = hash('sha256', path);
  yield `${name}_${digest.slice(0, 6)}`;
  yield `${name}_${digest.slice(0, 16)}`;
}
