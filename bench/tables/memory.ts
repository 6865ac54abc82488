import { runCase } from '../process.ts';
import type { Corpus } from './corpus.ts';
import { filesFor } from './kinds.ts';

/** The most memory that a sync of several batches needs. */
export interface MemoryResult {
  readonly kind: string;
  readonly shape: 'document' | 'rows';
  readonly files: number;
  readonly rows: number;
  readonly peakMiB: number;
}

/** Measures the peak of whole documents and of `auto`, once each: it hardly varies. */
export async function measureMemory(
  corpus: Corpus,
  bytes: number,
): Promise<readonly MemoryResult[]> {
  const { folder, name: kind } = corpus;
  const results: MemoryResult[] = [];
  for (const shape of ['document', 'rows'] as const) {
    const wanted = filesFor(corpus, bytes);
    const { files, rows, peakMiB } = await runCase('sync', { folder, shape, files: wanted });
    results.push({ kind, shape, files, rows, peakMiB });
  }
  return results;
}
