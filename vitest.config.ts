import { defineConfig } from 'vitest/config';

const inCi = process.env['CI'] !== undefined;

export default defineConfig({
  test: {
    include: [
      '{packages,apps,examples}/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    testTimeout: 60_000,
    reporters: inCi ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
  },
});
