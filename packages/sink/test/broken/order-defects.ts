import type { Defect, ReadDocument } from './hooks.ts';

/** Orders that are compared wrongly, and documents that are taken for others. */
export const orderDefects: readonly Defect[] = [
  {
    name: 'the order is not looked at',
    caughtBy: 'order: a document stored at a greater order is left alone',
    hooks: { beats: () => true },
  },
  {
    name: 'the same order is written again',
    caughtBy: 'order: a document stored at the same order is left alone',
    hooks: { beats: (order, stored) => order >= stored },
  },
  {
    name: 'orders are compared as numbers',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: {
      beats: (order, stored) => {
        const difference = Number(order) - Number(stored);
        return Number.isNaN(difference) ? order > stored : difference > 0;
      },
    },
  },
  {
    name: 'orders are compared as a dictionary does',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.localeCompare(stored, 'en') > 0 },
  },
  {
    name: 'orders are compared without case',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.toLowerCase() > stored.toLowerCase() },
  },
  {
    name: 'orders are compared by their first 64 characters',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.slice(0, 64) > stored.slice(0, 64) },
  },
  {
    name: 'of one document twice in a load the last wins',
    caughtBy: 'order: of one document twice in a stage call the greater order counts',
    hooks: {
      documents: ({ documents }) => [...new Map(documents.map((one) => [one.id, one])).values()],
    },
  },
  {
    name: 'of one document twice in a load the first wins',
    caughtBy: 'order: of one document in two stage calls the greater order counts',
    hooks: {
      documents: ({ documents }) => [
        ...new Map(
          documents.map((one) => [one.id, one]).reverse() as [string, ReadDocument][],
        ).values(),
      ],
    },
  },
  {
    name: 'of equal orders in a load the last wins',
    caughtBy: 'order: of equal orders within a load the first counts',
    hooks: { documents: ({ documents }) => [...documents].reverse() },
  },
  {
    name: 'ids are compared without their last digit',
    caughtBy: 'order: ids that differ in one digit are two documents',
    hooks: {
      documents: ({ documents }) => [
        ...new Map(documents.map((one) => [one.id.slice(0, 31), one])).values(),
      ],
    },
  },
  {
    name: 'ids in capitals are taken, and folded',
    caughtBy: 'order: an id, order or status that is not of its form is refused',
    hooks: { accept: (document) => ({ ...document, id: document.id.toLowerCase() }) },
  },
  {
    name: 'documents left alone are counted as applied',
    caughtBy: 'order: a commit counts what it applied and what it left alone',
    hooks: { result: ({ applied, leftAlone }) => ({ applied: applied + leftAlone, leftAlone: 0 }) },
  },
];
