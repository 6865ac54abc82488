import type { ServerResponse } from 'node:http';
import { visibleJson } from '../visible.ts';
import type { ServiceReport } from './report.ts';
import type { Service } from './service.ts';

/** Pages that may watch at once. */
const MAX_WATCHERS = 100;
const PULSE_MS = 5000;
/** Between two events of one sync. */
const THROTTLE_MS = 250;

/** Sends what changes to whoever watches. See `status.ts` for what is sent. */
export class EventStream implements Disposable {
  readonly #report: ServiceReport;
  readonly #watchers = new Set<ServerResponse>();
  /** Those that watch, and those that are about to. */
  #places = 0;
  /** What is to be sent with the next tick; `undefined` is everything. */
  readonly #changed = new Set<string | undefined>();
  readonly #unsubscribe: () => void;
  readonly #pulse: NodeJS.Timeout;
  /** What was said of a sync last. A state can change because nothing happens. */
  readonly #said = new Map<string, string>();
  #tick: NodeJS.Timeout | undefined;

  constructor(service: Service, report: ServiceReport) {
    this.#report = report;
    this.#unsubscribe = service.onChange((sync) => this.#change(sync));
    this.#pulse = setInterval(() => void this.#beat(), PULSE_MS).unref();
  }

  /** Gives `false` when there are too many already. */
  async add(response: ServerResponse): Promise<boolean> {
    if (response.destroyed) return true;
    // Taken before anything is waited for: else all that come while one waits would find the same place free.
    if (this.#places >= MAX_WATCHERS) return false;
    this.#places += 1;
    response.on('close', () => {
      this.#places -= 1;
      this.#watchers.delete(response);
    });
    const status = await this.#report.status();
    // It has gone again meanwhile, and will not close a second time.
    if (response.destroyed) return true;
    this.#watchers.add(response);
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: 3000\n\n${event('status', status)}`);
    return true;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    clearInterval(this.#pulse);
    clearTimeout(this.#tick);
    for (const response of this.#watchers) response.end();
  }

  #change(sync: string | undefined): void {
    if (this.#watchers.size === 0) return;
    this.#changed.add(sync);
    this.#tick ??= setTimeout(() => void this.#flush(), THROTTLE_MS).unref();
  }

  async #flush(): Promise<void> {
    this.#tick = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    if (changed.includes(undefined)) {
      this.#send(event('status', await this.#report.status()));
      return;
    }
    for (const name of changed) this.#sendSync(name ?? '');
    this.#send(event('pulse', await this.#report.pulse()));
  }

  async #beat(): Promise<void> {
    if (this.#watchers.size === 0) return;
    for (const name of this.#report.names)
      if (this.#said.get(name) !== this.#report.sync(name)?.summary) this.#sendSync(name);
    this.#send(event('pulse', await this.#report.pulse()));
  }

  #sendSync(name: string): void {
    const status = this.#report.sync(name);
    if (status === undefined) return;
    this.#said.set(name, status.summary);
    this.#send(event('sync', status));
  }

  #send(text: string): void {
    for (const response of this.#watchers) {
      // Who does not read gets everything anew when it connects again.
      if (response.writableLength > 1024 * 1024) response.destroy();
      else response.write(text);
    }
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${visibleJson(JSON.stringify(data))}\n\n`;
}
