import type { BigQueryInput } from '../src/config.ts';
import { type Found, findEmulator } from './emulator/binary.ts';
import { Front } from './emulator/front.ts';

const found: Found = await findEmulator((line) => process.stderr.write(`${line}\n`));

/** Whether there is an emulator. */
export const hasEmulator: boolean = found.binary !== undefined;

/** The title of a suite that needs the emulator: says why it is skipped. */
export function title(name: string): string {
  return found.reason === undefined ? name : `${name} [skipped: ${found.reason}]`;
}

/** Starts the emulator, and what makes it more like BigQuery. Only with copies can a transaction that fails be undone. */
export function startFront(options: { readonly keepsCopies: boolean }): Promise<Front> {
  return Front.start({ binary: found.binary ?? '', ...options });
}

/** The config for it. */
export function configOf(front: Front): BigQueryInput {
  return { project: front.project, dataset: 'lab', apiEndpoint: front.url };
}
