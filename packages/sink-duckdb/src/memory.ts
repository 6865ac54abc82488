import type { DuckdbConfig } from './config.ts';

const MIB = 1024 * 1024;
/** Enough for batches of a usual size. */
const USUAL_MIB = 256;
/** Less would hold up commits of a few thousand columns. */
const LEAST_MIB = 64;
/** DuckDB's part of the process. The rest is for Node, its heap, and DuckDB's own code and what it allocates beside the limit. */
const SHARE = 3 / 16;
const USUAL_THRESHOLD_MIB = 64;

/** A config with its bounds, which it may leave to the machine. */
export type BoundedConfig = DuckdbConfig & {
  readonly memoryLimit: string;
  readonly checkpointThreshold: string;
};

/**
 * What DuckDB may use where the config does not say: 256 MB, and where little memory is allowed a share of it, so that the kernel does not
 * end the process. The log that is folded in at once is in memory as a whole, so that it gets a third of a small share.
 *
 * @param processBytes what the whole process may take, if anything bounds it.
 */
export function withinMemory(
  config: DuckdbConfig,
  processBytes: number | undefined,
): BoundedConfig {
  const shareMib =
    processBytes === undefined ? USUAL_MIB : Math.floor((SHARE * processBytes) / MIB);
  const limitMib = Math.min(Math.max(shareMib, LEAST_MIB), USUAL_MIB);
  const thresholdMib = Math.min(Math.floor(limitMib / 3), USUAL_THRESHOLD_MIB);
  return {
    ...config,
    memoryLimit: config.memoryLimit ?? `${limitMib}MB`,
    checkpointThreshold: config.checkpointThreshold ?? `${thresholdMib}MB`,
  };
}
