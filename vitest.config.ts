import { matchesGlob, relative } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ALONE, SLOW } from './tests/slow.ts';

const inCi = process.env['CI'] !== undefined;
const all = [
  '{packages,apps,examples}/*/test/**/*.test.ts',
  'bench/test/**/*.test.ts',
  'tests/**/*.test.ts',
];
const slow = SLOW.flatMap(({ files }) => files);
const alone = ALONE.flatMap(({ files }) => files);

/** Begins the slow files in the order in which they are named, whatever vitest would make of their sizes. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const path = relative(import.meta.dirname, moduleId);
  return slow.findIndex((glob) => matchesGlob(path, glob));
}

export default defineConfig({
  test: {
    // By default one core is left idle, which is half of two.
    maxWorkers: '100%',
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    reporters: inCi ? ['default', 'json'] : ['default'],
    // Whole runs name files of their own, so that both can be counted.
    outputFile: { json: 'test-results/some.json' },
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: all,
          exclude: [...configDefaults.exclude, ...slow, ...alone],
          testTimeout: 60_000,
        },
      },
      // What is slow on two cores is slower still where others work on them.
      {
        extends: true,
        test: { name: 'slow', include: slow, testTimeout: 600_000, hookTimeout: 600_000 },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, testTimeout: 600_000, hookTimeout: 600_000 },
      },
    ],
  },
});
