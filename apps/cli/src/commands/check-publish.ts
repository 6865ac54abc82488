import type { LoadedConfig } from '../config/load.ts';
import { type Finding, failed, ok } from './finding.ts';

const CHECK = 'publish';

/** Whether the copies for readers that the config asks for could be put in place; nothing where it asks for none. */
export async function checkPublish(loaded: LoadedConfig): Promise<readonly Finding[]> {
  const { adapter, sinkConfig } = loaded;
  try {
    const found = (await adapter.publishable?.(sinkConfig, loaded)) ?? [];
    return found.map(({ target, error }) =>
      error === undefined ? ok(CHECK, `${target} can take a copy`) : failed(CHECK, error),
    );
  } catch (error) {
    return [failed(CHECK, error)];
  }
}
