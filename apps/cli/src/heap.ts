import { totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** From here on garbage may lie: what is in use is 60 to 130 MiB. */
const ROOMY_BYTES = 1024 * 1024 * 1024;

/**
 * Has V8 collect garbage earlier where the container allows little memory. By itself it lets its heap grow to twice what is in use, and
 * knows nothing of what the database's library takes beside it. Both options are read at each collection, so they can be set in a running
 * process, and neither bounds what is in use: nothing fails by them.
 *
 * @param allowedBytes what the process may take, by its container; 0, or more than the machine has, where nothing bounds it.
 */
export function keepHeapSmall(
  allowedBytes: number = process.constrainedMemory(),
  machineBytes: number = totalmem(),
  set: (option: string) => void = setFlagsFromString,
): void {
  const isBounded = allowedBytes > 0 && allowedBytes < machineBytes;
  if (!isBounded || allowedBytes > ROOMY_BYTES) return;
  // The young generation stays as it is, the old one may grow by a third of what is in use.
  set('--semi-space-growth-factor=1');
  set('--heap-growing-percent=30');
}
