import { totalmem } from 'node:os';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const MIB = 1024 * 1024;
/** From here on garbage may lie: what is in use is 60 to 130 MiB. */
const ROOMY_BYTES = 1024 * MIB;
/** With no more than this each batch counts. */
const TIGHT_BYTES = 512 * MIB;
/** A smaller young generation has objects that will die at once promoted to the old one, which costs half of all CPU time. */
const YOUNG_BYTES = 16 * MIB;
const LOOK_MS = 50;

/** What this process does with V8; another one in tests. */
interface Heap {
  set(option: string): void;
  youngBytes(): number;
}

const v8: Heap = {
  set: setFlagsFromString,
  youngBytes: () =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0,
};

/**
 * What the process may take: the lesser of what the config says and what its container allows.
 *
 * @param allowedBytes by the container; 0, or more than the machine has, where nothing bounds it.
 */
export function memoryBound(
  configuredBytes: number | undefined,
  allowedBytes: number = process.constrainedMemory(),
  machineBytes: number = totalmem(),
): number | undefined {
  const isBounded = allowedBytes > 0 && allowedBytes < machineBytes;
  if (!isBounded) return configuredBytes;
  return Math.min(configuredBytes ?? allowedBytes, allowedBytes);
}

/**
 * Has V8 collect garbage earlier where there is little memory. By itself it lets its heap grow to twice what is in use, and knows nothing
 * of what the database's library takes beside it. Both options are read at each collection, so they can be set in a running process, and
 * neither bounds what is in use: nothing fails by them.
 */
export function keepHeapSmall(boundBytes: number | undefined, heap: Heap = v8): void {
  if (boundBytes === undefined || boundBytes > ROOMY_BYTES) return;
  heap.set('--heap-growing-percent=30');
  const look = setInterval(() => {
    if (heap.youngBytes() < YOUNG_BYTES) return;
    heap.set('--semi-space-growth-factor=1');
    clearInterval(look);
  }, LOOK_MS);
  look.unref();
}

/** How many files may be retrieved and not committed yet, where the config does not say. */
export function filesUnderWay(boundBytes: number | undefined): number {
  return boundBytes === undefined || boundBytes > TIGHT_BYTES ? 4096 : 1024;
}
