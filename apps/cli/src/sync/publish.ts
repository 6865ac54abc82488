import type { Published } from '@tdp-sync/sink';
import type { LoadedConfig } from '../config/load.ts';

/** The copies for readers that the config asks for, brought up to date. @throws SinkError when the database cannot be read. */
export async function publishCopies(loaded: LoadedConfig): Promise<readonly Published[]> {
  const { adapter, sinkConfig } = loaded;
  return (await adapter.publish?.(sinkConfig, loaded)) ?? [];
}

/** The copies for readers that the config asks for, as they are. @throws SinkError when the database cannot be read. */
export async function copiesOf(loaded: LoadedConfig): Promise<readonly Published[]> {
  const { adapter, sinkConfig } = loaded;
  return (await adapter.published?.(sinkConfig, loaded)) ?? [];
}

/** A copy for readers, for programs. */
export interface CopyStatus {
  readonly target: string;
  /** When it was put in place last; null before the first time. */
  readonly at: string | null;
  /** Whether it holds what the database holds. */
  readonly current: boolean;
  /** Why the last try failed; null where it did not. */
  readonly error: string | null;
}

/** What a program is told of a copy. */
export function copyStatus({ target, atMs, isCurrent, error }: Published): CopyStatus {
  const at = atMs === undefined ? null : new Date(atMs).toISOString();
  return { target, at, current: isCurrent, error: error?.message ?? null };
}
