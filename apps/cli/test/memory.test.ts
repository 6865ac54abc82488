import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filesUnderWay, keepHeapSmall, memoryBound } from '../src/memory.ts';

const MIB = 1024 * 1024;
const EARLIER = '--heap-growing-percent=30';
const NO_YOUNGER = '--semi-space-growth-factor=1';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A heap whose young generation has these sizes, one for each look at it. */
function heapOf(...youngMib: readonly number[]) {
  const options: string[] = [];
  const sizes = [...youngMib];
  keepHeapSmall(512 * MIB, {
    set: (option) => void options.push(option),
    youngBytes: () => (sizes.shift() ?? 128) * MIB,
  });
  return options;
}

function isKeptSmall(boundMib: number | undefined): boolean {
  const options: string[] = [];
  keepHeapSmall(boundMib === undefined ? undefined : boundMib * MIB, {
    set: (option) => void options.push(option),
    youngBytes: () => 0,
  });
  return options.includes(EARLIER);
}

test.each([
  [512, true],
  [1024, true],
  [1025, false],
  [undefined, false],
])('with %s MiB garbage is collected earlier: %s', (boundMib, is) => {
  expect(isKeptSmall(boundMib)).toBe(is);
});

test('the young generation grows until it has room for what dies at once, and no further', async () => {
  const options = heapOf(1, 4, 15, 16);
  await vi.advanceTimersByTimeAsync(150);
  expect(options).toEqual([EARLIER]);
  await vi.advanceTimersByTimeAsync(50);
  expect(options).toEqual([EARLIER, NO_YOUNGER]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['neither says anything', undefined, 0, undefined],
  ['the container allows more than the machine has', undefined, 17_592_186_044_416, undefined],
  ['the container', undefined, 512, 512],
  ['the config', 400, 0, 400],
  ['the lesser, the config', 400, 512, 400],
  ['the lesser, the container', 800, 512, 512],
  [
    'the config beside a container that allows more than the machine has',
    400,
    17_592_186_044_416,
    400,
  ],
])('what the process may take: %s', (_, configuredMib, allowedMib, boundMib) => {
  const configured = configuredMib === undefined ? undefined : configuredMib * MIB;
  const bound = memoryBound(configured, allowedMib * MIB, 4096 * MIB);
  expect(bound).toBe(boundMib === undefined ? undefined : boundMib * MIB);
});

test.each([
  [undefined, 4096],
  [513, 4096],
  [512, 1024],
  [448, 1024],
])('with %s MiB %i files are under way', (boundMib, files) => {
  expect(filesUnderWay(boundMib === undefined ? undefined : boundMib * MIB)).toBe(files);
});

test('V8 knows both options, and takes them in a running process', async () => {
  vi.useRealTimers();
  const script = `
    const { setFlagsFromString, getHeapStatistics } = process.getBuiltinModule('node:v8');
    for (const option of ${JSON.stringify([EARLIER, NO_YOUNGER])}) setFlagsFromString(option);
    let kept = [];
    for (let at = 0; at < 400; at += 1) kept = Array.from({ length: 20_000 }, (_, n) => ({ n, at }));
    console.log(getHeapStatistics().total_heap_size > 0 && kept.length === 20_000 ? 'well' : 'ill');
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script]);
  expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'well', stderr: '' });
});
