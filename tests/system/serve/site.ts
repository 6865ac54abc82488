import {
  AdaptiveLimit,
  type Clock,
  TdpClient,
  type Transport,
  TransportError,
} from '@tdp-sync/core';
import { createEmulator, type Emulator } from '@tdp-sync/emulator';
import { SinkError } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { pino } from 'pino';
import type { LoadedConfig } from '../../../apps/cli/src/config/load.ts';
import { configSchema } from '../../../apps/cli/src/config/schema.ts';
import { Redactor } from '../../../apps/cli/src/secrets.ts';
import type { Crew } from '../../../apps/cli/src/serve/crew/crew.ts';
import { Metrics } from '../../../apps/cli/src/serve/metrics.ts';
import { ServiceReport } from '../../../apps/cli/src/serve/report.ts';
import { Service } from '../../../apps/cli/src/serve/service.ts';
import type { TdpSource } from '../../../apps/cli/src/sync/source.ts';
import { Process } from '../sim/process.ts';
import { Random } from '../sim/random.ts';
import { Scheduler } from '../sim/scheduler.ts';
import type { SiteQueues } from './queues.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A service that runs in virtual time. */
export interface Running {
  readonly service: Service;
  readonly report: ServiceReport;
  readonly process: Process;
  /** Resolves when it has drained. */
  readonly ended: Promise<void>;
  readonly stop: AbortController;
  /** One of several replicas. */
  readonly crew: Crew | undefined;
}

/** A lab with its TDP, a database, and the machine that the service runs on, in virtual time. */
export class Site {
  readonly scheduler: Scheduler = new Scheduler(Date.UTC(2026, 5, 1), 3_000_000);
  readonly emulator: Emulator;
  readonly database: MemoryDatabase = new MemoryDatabase();
  readonly random: Random;
  /** Nobody can open the database. */
  isLocked = false;
  /** Nobody answers for TDP. */
  isDown = false;
  config: Record<string, unknown> = {};
  starts = 0;
  /** Jobs under way, to see that none overlaps itself. */
  readonly overlaps: string[] = [];

  constructor(seed: number) {
    this.random = Random.of(seed, 'site');
    this.emulator = createEmulator({ seed, now: () => this.scheduler.nowMs });
  }

  wait(durationMs: number): Promise<void> {
    return this.scheduler.wait(durationMs, 'the lab waits');
  }

  /** Starts a process with the service: alone, or one of the replicas that share these queues. */
  async start(queues?: SiteQueues): Promise<Running> {
    this.starts += 1;
    const process = new Process(`service ${this.starts}`, this.scheduler);
    const clock: Clock = {
      now: () => this.scheduler.nowMs,
      sleep: (durationMs, signal) => process.step(durationMs, 'sleeps', signal),
    };
    const metrics = new Metrics();
    const service = await Service.open(this.#load(), {
      ...{ clock, metrics, log: pino({ level: 'silent' }) },
      load: async () => this.#load(),
      openSource: async (loaded, onExchange) => this.#source(process, clock, loaded, onExchange),
      openSink: async () => {
        await process.step(20, 'opens the database');
        if (this.isLocked) throw new SinkError('SINK_LOCKED', 'somebody else has it');
        return memorySink.open({ database: this.database }, { baseDir: '/' });
      },
    });
    const stop = new AbortController();
    const { signal } = stop;
    if (queues === undefined) this.#watch(service);
    const crew = queues?.join(service, process, clock, signal);
    const ended = service.run(signal).then(() => crew?.[Symbol.asyncDispose]());
    const report = new ServiceReport(service, metrics, () => this.scheduler.nowMs, { crew });
    return { service, report, process, ended, stop, crew };
  }

  /** Everything in which a sync's tables differ from TDP. */
  differences(sync: string): readonly string[] {
    const files = new Map(this.database.read(`${sync}_files`).map((row) => [row['path'], row]));
    const truth = this.emulator.lake.truth();
    const found: string[] = [];
    for (const { path, fileId } of truth.values()) {
      const row = files.get(path);
      if (row === undefined) found.push(`${sync}: ${path} is missing`);
      else if (row['loaded_file_id'] !== fileId || row['status'] !== 'loaded')
        found.push(`${sync}: ${path} is ${row['status']} in another version`);
    }
    const present = [...files.values()].filter((row) => row['status'] !== 'deleted');
    if (present.length !== truth.size)
      found.push(`${sync}: ${present.length} files, TDP has ${truth.size}`);
    return found;
  }

  #watch(service: Service): void {
    const busy = new Map<string, string>();
    service.onChange((sync) => {
      if (sync === undefined) return;
      const kind = service.scheduler.running(sync);
      const before = busy.get(sync);
      if (kind === undefined) busy.delete(sync);
      else if (before === undefined) busy.set(sync, kind);
      else if (before !== kind) this.overlaps.push(`${sync}: ${before} and ${kind}`);
    });
  }

  #load(): LoadedConfig {
    const config = configSchema.parse({
      source: { auth: { token: this.emulator.token, org: this.emulator.org } },
      sink: { type: 'memory' },
      ...this.config,
    });
    return {
      ...{
        file: '/tdp-sync.yaml',
        text: '',
        baseDir: '/',
        memoryBytes: undefined,
        config,
        environment: {},
        sinkConfig: {},
      },
      ...{ adapter: memorySink as never, redactor: new Redactor() },
    };
  }

  #source(
    process: Process,
    clock: Clock,
    { config }: LoadedConfig,
    onExchange: NonNullable<ConstructorParameters<typeof TdpClient>[0]['onExchange']>,
  ): TdpSource {
    const credentials = async () => ({ token: this.emulator.token, org: this.emulator.org });
    const limit = new AdaptiveLimit({ max: config.source.concurrency });
    const client = new TdpClient({
      ...{ url: 'https://tdp.example', credentials, clock, onExchange },
      transport: this.#network(process),
      random: () => this.random.next(),
    });
    return {
      ...{ client, credentials, limit, url: 'https://tdp.example', id: 'site' },
      schemas: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #network(process: Process): Transport {
    return async (request, signal) => {
      await process.step(this.random.int(2, 80), 'asks', signal);
      if (this.isDown) throw new TransportError('unreachable', 'nobody answers');
      const body = Buffer.from(request.body ?? '');
      const { connection, ...response } = this.emulator.handle({ ...request, body });
      await process.step(this.random.int(2, 80), 'is answered', signal);
      if (connection !== undefined) throw new TransportError('broken', 'cut off');
      const { status, headers } = response;
      return { status, headers, body: Buffer.from(response.body) };
    };
  }
}
