import { Serial } from '../serial.ts';

const publishers = new Map<string, Serial>();

/** The one queue of this process for whoever publishes from a file, so that no copy is made twice at once. */
export function publishersOf(file: string): Serial {
  const found = publishers.get(file) ?? new Serial();
  publishers.set(file, found);
  return found;
}
