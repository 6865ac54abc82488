import type { RowRoom } from './sink.ts';

/** The {@link RowRoom} of a database that does not mind how wide rows are. */
export const ENDLESS_ROOM: RowRoom = {
  total: Number.POSITIVE_INFINITY,
  of: {
    boolean: 0,
    int64: 0,
    float64: 0,
    decimal: 0,
    string: 0,
    date: 0,
    timestamp: 0,
    json: 0,
  },
};
