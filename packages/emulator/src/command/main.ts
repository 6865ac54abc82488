#!/usr/bin/env node
import { chmod, writeFile } from 'node:fs/promises';
import { seedDemoLab } from '../demo/lab.ts';
import { continueWork } from '../demo/work.ts';
import { type RunningEmulator, startEmulator } from '../server/server.ts';
import { parseArgs, type Settings } from './command-line.ts';
import { describe } from './describe.ts';

const DAY = 86_400_000;

function fill(emulator: RunningEmulator, settings: Settings): void {
  if (settings.demo) seedDemoLab(emulator.lake);
  if (settings.files === 0) return;
  const now = Date.now();
  emulator.lake.addBulk({
    count: settings.files,
    bytes: settings.bytes,
    seed: settings.seed,
    indexedFrom: now - 30 * DAY,
    indexedTo: now,
  });
}

function disturb(emulator: RunningEmulator, rate: number): void {
  if (rate === 0) return;
  emulator.faults.random('any', { kind: '503', retryAfterSeconds: 1 }, rate / 4);
  emulator.faults.random('any', { kind: '502' }, rate / 4);
  emulator.faults.random('any', { kind: 'reset' }, rate / 4);
  emulator.faults.random('any', { kind: 'truncate' }, rate / 4);
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** The mode of a new file says nothing about one that was there, so it is set as well. */
async function writeAuth(path: string, emulator: RunningEmulator): Promise<void> {
  await writeFile(path, `${JSON.stringify(emulator.authFile(), null, 2)}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

async function run(settings: Settings): Promise<void> {
  const { port, host, seed, switches, latencyMs } = settings;
  await using emulator = await startEmulator({ port, host, seed, switches, latencyMs });
  fill(emulator, settings);
  disturb(emulator, settings.faultRate);
  if (settings.authFile !== undefined) await writeAuth(settings.authFile, emulator);
  const stopped = untilSignal();
  process.stdout.write(describe(emulator, settings));
  using _work = settings.live
    ? continueWork(emulator.lake, { everyMs: settings.everyMs })
    : undefined;
  await stopped;
}

try {
  await run(parseArgs(process.argv));
} catch (error) {
  process.stderr.write(`tdp-emulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
