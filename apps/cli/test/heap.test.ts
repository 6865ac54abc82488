import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { keepHeapSmall } from '../src/heap.ts';

const MIB = 1024 * 1024;

function optionsFor(allowedMib: number): readonly string[] {
  const options: string[] = [];
  keepHeapSmall(allowedMib * MIB, 4096 * MIB, (option) => void options.push(option));
  return options;
}

test.each([256, 512, 1024])('in %i MiB garbage is collected earlier', (allowedMib) => {
  expect(optionsFor(allowedMib)).toHaveLength(2);
});

test.each([
  ['a container with room', 1025],
  ['nothing bounds the process', 0],
  ['the bound is beyond the machine', 17_592_186_044_416],
])('V8 is left as it is: %s', (_, allowedMib) => {
  expect(optionsFor(allowedMib)).toEqual([]);
});

test('V8 knows both options, and takes them in a running process', async () => {
  const script = `
    const { setFlagsFromString, getHeapStatistics } = process.getBuiltinModule('node:v8');
    for (const option of ${JSON.stringify(optionsFor(512))}) setFlagsFromString(option);
    let kept = [];
    for (let at = 0; at < 400; at += 1) kept = Array.from({ length: 20_000 }, (_, n) => ({ n, at }));
    console.log(getHeapStatistics().total_heap_size > 0 && kept.length === 20_000 ? 'well' : 'ill');
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script]);
  expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'well', stderr: '' });
});
