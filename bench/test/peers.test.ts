import { afterEach, expect, it, vi } from 'vitest';
import { peers, peersProgram, peersText, whyNoDlt } from '../peers.ts';
import { PYTHON_VARIABLE } from '../python.ts';

afterEach(() => vi.unstubAllEnvs());

it('says what to install where dlt is missing', async () => {
  vi.stubEnv(PYTHON_VARIABLE, '/nowhere/python');
  const { text, figures } = await peersProgram.run([]);
  expect(text).toContain("pip install 'dlt[duckdb]'");
  expect(figures).toBeUndefined();
});

it.skipIf((await whyNoDlt()) !== undefined)('loads every file with both', async () => {
  const options = { files: 100, bytes: 600, latencyMs: 0, workers: 5, rounds: 1 };
  const result = await peers(options);
  expect(result.times).toBeGreaterThan(0);
  expect(peersText(result)).toMatch(/dlt, merge into DuckDB {2,}\d/);
});
