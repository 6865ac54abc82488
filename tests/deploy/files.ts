import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type LoadedConfig, loadConfig } from '../../apps/cli/src/config/load.ts';
import { ROOT } from '../docs/pages.ts';

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every document of a YAML file. */
export function yaml<Shape>(path: string): readonly Shape[] {
  return parseAllDocuments(read(path), { merge: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join('\n')}`);
    return document.toJS() as Shape;
  });
}

/** A config as tdp-sync itself takes it, with no variables but these. */
export async function loaded(
  text: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LoadedConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-deploy-'));
  try {
    const file = join(folder, 'tdp-sync.yaml');
    await writeFile(file, text);
    return await loadConfig(file, { environment });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The settings of `serve` where a config says nothing. */
export async function serveDefaults(): Promise<LoadedConfig['config']['serve']> {
  const { config } = await loaded('sink: { type: duckdb, path: ./lab.duckdb }\nsyncs: { lab: {} }');
  return config.serve;
}

/** How long a stop may take at most: what `serve.drain` allows, and the last traces. */
export function stopMs({ config }: Pick<LoadedConfig, 'config'>): number {
  return config.serve.drain + 10_000;
}
