import { expect, test } from 'vitest';
import { roundTripsOf } from './round-trips.ts';

test.each([
  // A look at the tables, the tables emptied, two for each bulk load, the commit.
  [1, 7],
  [10, 25],
  [60, 125],
])('a load of %i tables takes %i round trips, without a login', async (tables, expected) => {
  expect(await roundTripsOf(tables, 2)).toEqual({ each: [expected, expected], logins: 0 });
});
