import { startEmulator } from '@tdp-sync/emulator';

const [files = 0, bytes = 2048] = process.argv.slice(2).map(Number);
const HOUR_MS = 3_600_000;
const emulator = await startEmulator();
const nowMs = Date.now();
emulator.lake.addBulk({
  count: files,
  bytes,
  indexedFrom: nowMs - 5 * HOUR_MS,
  indexedTo: nowMs - 3 * HOUR_MS,
});

let cpu = process.cpuUsage();
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  process.send?.((user + system) / 1000);
});
process.on('disconnect', () => process.exit());
process.send?.({ url: emulator.url, auth: emulator.authFile() });
