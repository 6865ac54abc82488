import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
/** Enough for batches of a usual size. */
const USUAL_MIB = 256;
/** Less would hold up commits of a few thousand columns. */
const LEAST_MIB = 64;
/** DuckDB's part of a container's memory. The rest is for Node, its heap, and DuckDB's own code and what it allocates beside the limit. */
const SHARE = 3 / 16;

/**
 * What DuckDB may use where the config does not say: 256 MB, and in a container that allows little a share of it, so that the kernel does
 * not end the process.
 *
 * @param allowedBytes what the process may take, by its container; 0, or more than the machine has, where nothing bounds it.
 */
export function defaultMemoryLimit(
  allowedBytes: number = process.constrainedMemory(),
  machineBytes: number = totalmem(),
): string {
  const isBounded = allowedBytes > 0 && allowedBytes < machineBytes;
  const shareMib = isBounded ? Math.floor((SHARE * allowedBytes) / MIB) : USUAL_MIB;
  return `${Math.min(Math.max(shareMib, LEAST_MIB), USUAL_MIB)}MB`;
}
