/** Tries the seeds from 1 in every run of the tests (`short.test.ts`), and those up to `ALL` in the long one. */
export const SHORT = 40;
export const ALL = 200;
