import type { Fault, Faults } from '@tdp-sync/emulator';
import {
  collapsing,
  queue,
  rated,
  type Server,
  seeded,
  wide,
} from '../../packages/core/test/source/server-models.ts';

/** A server that does not simply answer: what it does with a `retrieve` that comes now. */
export interface Model {
  readonly label: string;
  readonly server: () => Server;
  /** `Retry-After` of its refusals. Default: none. */
  readonly retryAfterSeconds?: number;
  readonly download: 'presigned' | 'direct';
  /** Files that take it some five to ten seconds. */
  readonly files: number;
}

export const MODEL_NAMES = [
  'near',
  'far',
  'fast',
  'rated',
  'rated-retry-after',
  'collapsing',
  'presigned',
  'direct',
] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

const presigned = { download: 'presigned' } as const;

/** The models of packages/core/test, the published figures made quicker, so that a search over fixed numbers ends. */
export const MODELS: Readonly<Record<ModelName, Model>> = {
  near: {
    ...{ ...presigned, label: 'near: 20 ms, any number', files: 8000 },
    server: () => wide(seeded(1), 20),
  },
  far: {
    ...{ ...presigned, label: 'far: 100 ms, any number', files: 8000 },
    server: () => wide(seeded(1), 100),
  },
  fast: {
    ...{ ...presigned, label: 'fast: 5 ms, 16 at once', files: 12_000 },
    server: () => queue(seeded(1), () => 5, 16),
  },
  rated: {
    ...{ ...presigned, label: 'rate limit: 200/s, without Retry-After', files: 1600 },
    server: () => rated(seeded(1), 100, 200),
  },
  'rated-retry-after': {
    ...{ ...presigned, label: 'rate limit: 200/s, Retry-After 1 s', files: 1600 },
    server: () => rated(seeded(1), 100, 200),
    retryAfterSeconds: 1,
  },
  collapsing: {
    ...{ ...presigned, label: 'collapses: 50 ms, knee at 40, refuses from 120', files: 2400 },
    server: () => collapsing(seeded(1), 50, 40, 120),
  },
  presigned: {
    ...{
      ...presigned,
      label: 'as published, presigned: 24.5/s at 25; 4 times quicker',
      files: 800,
    },
    server: () => queue(seeded(1), () => 1020 / 4, 25),
  },
  direct: {
    label: 'as published, direct: 3.4/s at 25; 20 times quicker',
    ...{ download: 'direct', files: 600 },
    server: () => queue(seeded(1), () => 7350 / 20, 25),
  },
};

/** Lets the emulator treat each `retrieve` as the model does. Its storage answers at once. */
export function act(faults: Faults, { server, retryAfterSeconds }: Model): void {
  const model = server();
  let delayMs = 0;
  const isRefused = (): boolean => {
    const nowMs = performance.now();
    const answer = model.arrive(nowMs);
    delayMs = answer.atMs - nowMs;
    setTimeout(() => model.leave?.(), delayMs);
    return answer.isRefused === true;
  };
  const refusal: Fault = {
    kind: '429',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  faults.when('retrieve', isRefused, refusal);
  // Asked only when the request was not refused, right after it.
  const slow: Fault = {
    kind: 'slow',
    get delayMs() {
      return delayMs;
    },
  };
  faults.when('retrieve', () => true, slow);
}
