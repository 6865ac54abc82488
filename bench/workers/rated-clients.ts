import type { Faults } from '@tdp-sync/emulator';
import { rated, seeded } from '../../packages/core/test/source/server-models.ts';
import type { ClientRequests } from '../process.ts';

/** An emulator that gives so many files per second to all its clients together, and what each of them has got of it. */
export class RatedClients {
  #clients = new Map<string, { readonly givenMs: number[]; refused: number }>();

  constructor(faults: Faults, perSecond: number) {
    const server = rated(seeded(1), 0, perSecond);
    const isRefused = (token: string): boolean => {
      const nowMs = performance.now();
      const client = this.#of(token);
      const { isRefused = false } = server.arrive(nowMs);
      if (isRefused) client.refused += 1;
      else client.givenMs.push(nowMs);
      return isRefused;
    };
    const tokenOf = (headers: Readonly<Record<string, string | undefined>>): string =>
      headers['ts-auth-token'] ?? '';
    faults.when('retrieve', ({ headers }) => isRefused(tokenOf(headers)), { kind: '429' });
  }

  /** What there was since the last time. */
  take(): readonly ClientRequests[] {
    const taken = [...this.#clients].map(([token, counts]) => ({ token, ...counts }));
    this.#clients = new Map();
    return taken;
  }

  #of(token: string): { readonly givenMs: number[]; refused: number } {
    const found = this.#clients.get(token) ?? { givenMs: [], refused: 0 };
    this.#clients.set(token, found);
    return found;
  }
}
