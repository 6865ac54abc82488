/** The seeds from 1 to `SHORT` are tried by every run of the tests, those up to `ALL` by the long ones. */
export const SHORT = 20;
export const ALL = 200;

/** All seeds from one to another, both included. */
export function seeds(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
