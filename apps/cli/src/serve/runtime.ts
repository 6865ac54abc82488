import type { Clock, Exchange } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import type { LoadedConfig } from '../config/load.ts';
import type { TdpSource } from '../sync/source.ts';
import { type OpenTransform, transformOf } from '../sync/transform.ts';
import { measuredSource, type OnRequest } from './measured-source.ts';
import { Shares } from './share.ts';
import { SinkLease } from './sink-lease.ts';

/** What a runtime is opened with. A simulation hands in its own. */
export interface RuntimeParts {
  readonly clock: Clock;
  readonly openSource: (
    loaded: LoadedConfig,
    onExchange: (exchange: Exchange) => void,
    clock: Clock,
  ) => Promise<TdpSource>;
  readonly openSink: (loaded: LoadedConfig) => Promise<Sink>;
  readonly onExchange: (exchange: Exchange) => void;
  readonly onRequest: OnRequest;
  /** Told of each line that the transform of a sync prints. */
  readonly onOutput: (sync: string, line: string) => void;
}

/** A config and everything that was made of it. A reload makes another one, which takes over what has not changed. */
export interface Runtime {
  readonly loaded: LoadedConfig;
  readonly source: TdpSource;
  /** The source as syncs use it: measured, and no more at once than it bears. */
  readonly shares: Shares;
  readonly lease: SinkLease;
  readonly transforms: ReadonlyMap<string, OpenTransform>;
}

/**
 * Makes everything that a config asks for, so that whatever is wrong with it shows now.
 *
 * @throws CliError or SyncError; then nothing of it is left open, and `before` is as it was.
 */
export async function openRuntime(
  loaded: LoadedConfig,
  parts: RuntimeParts,
  before?: Runtime,
): Promise<Runtime> {
  const keepsSource = before !== undefined && sameSource(before.loaded, loaded);
  const keepsSink = before !== undefined && sameSink(before.loaded, loaded);
  const source = keepsSource
    ? before.source
    : await parts.openSource(loaded, parts.onExchange, parts.clock);
  const transforms = new Map<string, OpenTransform>();
  try {
    for (const [name, config] of Object.entries(loaded.config.syncs)) {
      const onOutput = (line: string): void => parts.onOutput(name, line);
      const surroundings = { schemas: source.schemas, onOutput };
      transforms.set(name, await transformOf(name, config, loaded, surroundings));
    }
    const now = (): number => parts.clock.now();
    const lease = keepsSink ? before.lease : new SinkLease(() => parts.openSink(loaded), now);
    const shares = keepsSource
      ? before.shares
      : new Shares(measuredSource(source.client, parts.onRequest), source.limit);
    return { loaded, source, shares, lease, transforms };
  } catch (error) {
    await closeTransforms({ transforms });
    if (!keepsSource) await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** Ends the processes of a runtime's transforms. */
export async function closeTransforms({ transforms }: Pick<Runtime, 'transforms'>): Promise<void> {
  for (const transform of transforms.values()) await transform[Symbol.asyncDispose]();
}

/** Closes what the one that has taken its place does not go on with. */
export async function closeReplaced(replaced: Runtime, by: Runtime): Promise<void> {
  await closeTransforms(replaced);
  if (replaced.source !== by.source) await replaced.source[Symbol.asyncDispose]();
}

/** Syncs whose work has to be done otherwise from now on. */
export function changedSyncs(before: Runtime, after: Runtime): readonly string[] {
  const names = [...before.transforms.keys()];
  if (before.source !== after.source || before.lease !== after.lease) return names;
  return names.filter((name) => {
    const isSame = same(before.loaded.config.syncs[name], after.loaded.config.syncs[name]);
    const [one, other] = [before, after].map((of) => of.transforms.get(name)?.fingerprint);
    return !isSame || one !== other;
  });
}

function sameSource(before: LoadedConfig, after: LoadedConfig): boolean {
  return (
    same(before.config.source, after.config.source) && same(before.environment, after.environment)
  );
}

function sameSink(before: LoadedConfig, after: LoadedConfig): boolean {
  return same(before.config.sink, after.config.sink) && same(before.sinkConfig, after.sinkConfig);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
