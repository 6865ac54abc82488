import { expect, test } from 'vitest';
import { PortionSize } from '../src/portion-size.ts';

const ID = '0'.repeat(32);

/** The sizes of the first portions, when each document has one row with a text of this length. */
function portions(tableRows: number, length: number, count = 6): readonly number[] {
  const row = { id: ID, row: ['x'.repeat(length)] };
  const size = new PortionSize(tableRows);
  return Array.from({ length: count }, () => {
    const { documents } = size;
    size.read(documents, Array(documents).fill(row));
    return documents;
  });
}

test('portions of small rows grow to thousands of documents', () => {
  expect(portions(1_000, 100)).toEqual([1, 8, 72, 648, 2_048, 2_048]);
});

test('portions of large rows hold what memory allows', () => {
  expect(portions(1_000, 1_048_576)).toEqual([1, 8, 32, 32, 32, 32]);
});

test('large rows of a large table are read one by one: several would unpack all of it', () => {
  expect(portions(10_000_000, 1_048_576, 100)).toEqual(Array(100).fill(1));
});

test('documents without rows are passed over in ever larger portions, to a limit', () => {
  const size = new PortionSize(1_000_000);
  const seen = Array.from({ length: 6 }, () => {
    const { documents } = size;
    size.read(documents, []);
    return documents;
  });
  expect(seen).toEqual([1, 8, 72, 648, 2_048, 2_048]);
});

test('after DuckDB has run out of memory it is one document at a time', () => {
  const size = new PortionSize(10);
  size.read(1, [{ id: ID, row: ['x'] }]);
  expect(size.documents).toBe(8);
  size.becomeSmallest();
  expect(size.documents).toBe(1);
});
