import { systemClock } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import type { Console } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import { EventStream } from '../serve/event-stream.ts';
import { listen } from '../serve/http.ts';
import { openLog } from '../serve/log.ts';
import { Metrics } from '../serve/metrics.ts';
import { ServiceReport } from '../serve/report.ts';
import { Service } from '../serve/service.ts';
import { openSource } from '../sync/source.ts';
import { startTelemetry } from '../telemetry.ts';

/** Options of `tdp-sync serve`. */
export interface ServeOptions {
  readonly config: string;
  readonly json: boolean;
  readonly logLevel: string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** How a service ended. */
export interface ServeEnd {
  readonly exitCode: number;
  /** Something did not end in time, and is not waited for. */
  readonly isForced: boolean;
}

/** Keeps every sync up to date until it is stopped. */
export async function serve(options: ServeOptions, console: Console): Promise<ServeEnd> {
  const { signal } = options;
  const log = openLog(console, options.logLevel, options.json);
  const loaded = await loadConfig(options.config, console);
  await using _telemetry = await startTelemetry(loaded.environment, (text) => log.warn(text));
  const metrics = new Metrics();
  await using service = await Service.open(loaded, {
    ...{ clock: systemClock, log, metrics, openSource },
    openSink: (config) => config.adapter.open(config.sinkConfig, config),
    load: () => loadConfig(options.config, console),
  });
  const report = new ServiceReport(service, metrics, () => Date.now());
  using events = new EventStream(service, report);
  await using listening = await listen(
    loaded.config.serve.listen,
    { service, report, events },
    log,
  );
  const reload = (): void => void service.reload();
  process.on('SIGHUP', reload);
  log.info({ url: listening.url, config: loaded.file }, 'serving');
  try {
    const isForced = !(await ended(service, signal));
    if (isForced) log.error('something under way did not end in time; what was committed stays');
    log.info('stopped');
    const exitCode = signal.reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
    return { exitCode, isForced };
  } finally {
    process.off('SIGHUP', reload);
  }
}

/** Works until the signal; gives `false` when what is under way then does not end in time. */
function ended(service: Service, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let late: NodeJS.Timeout | undefined;
    signal.addEventListener(
      'abort',
      () => {
        const { drain } = service.runtime.loaded.config.serve;
        late = setTimeout(() => resolve(false), drain);
      },
      { once: true },
    );
    service
      .run(signal)
      .then(() => resolve(true), reject)
      .finally(() => clearTimeout(late));
  });
}
