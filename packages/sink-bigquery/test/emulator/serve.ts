/** Starts the emulator and what is in front of it, says where on stdout as JSON, and ends when stdin does. */
import { findEmulator } from './binary.ts';
import { Front } from './front.ts';

const { binary, reason } = await findEmulator((line) => process.stderr.write(`${line}\n`));
if (binary === undefined) {
  process.stderr.write(`There is no BigQuery emulator: ${reason}\n`);
  process.exit(1);
}
const front = await Front.start({ binary, keepsCopies: false });
process.stdout.write(`${JSON.stringify({ url: front.url, project: front.project })}\n`);
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
