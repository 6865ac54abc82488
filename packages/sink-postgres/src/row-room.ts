import type { RowRoom } from '@tdp-sync/sink';

/**
 * How wide a row may be, in bytes. PostgreSQL keeps a row within a page of 8,192, of which its texts are moved out one by one until it fits;
 * but a pointer stays, and what is no longer than 24 bytes is not moved
 * (https://www.postgresql.org/docs/current/storage-toast.html, https://www.postgresql.org/docs/current/limits.html). Of the page 8,160 are
 * left for a row; its header, the bits for nulls of 1,000 columns, `_file_key` and `_row` take 260 at most
 * (https://www.postgresql.org/docs/current/storage-page-layout.html). What has a fixed width may lie up to 7 behind the cell before it.
 */
export const ROW_ROOM: RowRoom = {
  total: 7_900,
  of: {
    boolean: 1,
    int64: 15,
    float64: 15,
    decimal: 25,
    string: 24,
    date: 7,
    timestamp: 15,
    json: 24,
  },
};
