import { stat } from 'node:fs/promises';

/** How large the write-ahead log of a file is. */
export async function logSize(file: string): Promise<number> {
  try {
    return (await stat(`${file}.wal`)).size;
  } catch {
    return 0;
  }
}
