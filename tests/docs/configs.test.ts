import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { loadConfig } from '../../apps/cli/src/config/load.ts';
import { blocks, ROOT } from './pages.ts';

type Mapping = Readonly<Record<string, unknown>>;

const SECTIONS = ['source', 'sink', 'memory', 'hashSalt', 'serve', 'syncs'];
const LEAST: Mapping = {
  sink: { type: 'duckdb', path: './lab.duckdb' },
  syncs: { lab: {} },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tdp-sync-docs-'));
});
afterAll(() => rm(folder, { recursive: true }));

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The configs in a YAML text: itself, what is said of one sync, or the texts of files within, as in a ConfigMap. */
function configsIn(value: unknown): readonly Mapping[] {
  if (typeof value === 'string')
    return /^syncs:/m.test(value) ? valuesOf(value).flatMap(configsIn) : [];
  if (Array.isArray(value)) return value.flatMap(configsIn);
  if (!isMapping(value)) return [];
  if (isMapping(value['tables'])) return [{ ...LEAST, syncs: { lab: value } }];
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => SECTIONS.includes(key)))
    return [{ ...LEAST, ...value }];
  return Object.values(value).flatMap(configsIn);
}

function valuesOf(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

async function check(text: string): Promise<number> {
  const configs = valuesOf(text).flatMap(configsIn);
  for (const config of configs) {
    const file = join(folder, 'tdp-sync.yaml');
    // The reader's own sink is a copy of the template.
    const written = stringify(config).replace(
      'type: ../my-sink',
      `type: ${ROOT}examples/sink-json`,
    );
    await writeFile(file, written);
    const names = [...written.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    const set = (name: string): string =>
      name.endsWith('WEBHOOK') ? 'https://hooks.example/abc' : 'x'.repeat(16);
    await loadConfig(file, {
      environment: Object.fromEntries(names.map((name) => [name, set(name)])),
    });
  }
  return configs.length;
}

it.each(blocks('yaml', 'yml'))('the YAML at $where is what tdp-sync takes', async ({ text }) => {
  const mentions = SECTIONS.some((section) => text.startsWith(`${section}:`));
  expect(await check(text)).toBeGreaterThanOrEqual(mentions ? 1 : 0);
});

const examples = await Array.fromAsync(glob('examples/configs/*.yaml', { cwd: ROOT }));

it.each(examples)('%s is what tdp-sync takes', async (path) => {
  expect(await check(await readFile(join(ROOT, path), 'utf8'))).toBe(1);
});
