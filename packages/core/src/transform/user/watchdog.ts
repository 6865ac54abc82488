/** Ends the process of a transform when the one that has started it is gone without a word. */
import { workerData } from 'node:worker_threads';

const LOOK_MS = 1000;

setInterval(() => {
  if (isOrphan(Number(workerData))) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);

function isOrphan(parent: number): boolean {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch {
    return true;
  }
}
