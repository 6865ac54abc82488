import { systemClock } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import type { Console } from '../console.ts';
import { joinCrew } from '../serve/crew/join.ts';
import { EventStream } from '../serve/event-stream.ts';
import { Nudger } from '../serve/events/nudger.ts';
import { QueueReader } from '../serve/events/queue-reader.ts';
import { openSqs } from '../serve/events/sqs.ts';
import { listen, MAX_CONNECTIONS } from '../serve/http.ts';
import { openLog } from '../serve/log.ts';
import { Metrics } from '../serve/metrics.ts';
import { Notifier } from '../serve/notify/notifier.ts';
import { Publisher } from '../serve/publisher.ts';
import { ServiceReport } from '../serve/report.ts';
import { Service } from '../serve/service.ts';
import { reloadSignal, stoppedCode, untilStopped } from '../stop.ts';
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

/**
 * Keeps every sync up to date until it is stopped.
 *
 * @throws the signal's reason when something under way did not end in time.
 */
export async function serve(options: ServeOptions, console: Console): Promise<number> {
  const { signal } = options;
  const log = openLog(console, options.logLevel, options.json);
  const loaded = await loadConfig(options.config, console);
  await using _telemetry = await startTelemetry(loaded.environment, (text) => log.warn(text));
  const metrics = new Metrics();
  await using service = await Service.open(loaded, {
    ...{ clock: systemClock, log, metrics },
    openSource: async (config, onExchange, clock) => {
      const hasReplicas = config.config.serve.queue !== undefined;
      const source = await openSource(config, onExchange, clock, MAX_CONNECTIONS, hasReplicas);
      if (source.remark !== undefined) log.warn(source.remark);
      return source;
    },
    openSink: (config) => config.adapter.open(config.sinkConfig, config),
    load: () => loadConfig(options.config, console),
  });
  await using crew = joinCrew(service, { clock: systemClock, log, signal });
  await using nudger = new Nudger(service, { clock: systemClock, log, metrics });
  await using queue = new QueueReader(service, nudger, {
    ...{ clock: systemClock, log },
    open: (place) => openSqs(place, service.runtime.loaded.environment),
  });
  const inbox = { nudger, queue };
  const report = new ServiceReport(service, metrics, () => Date.now(), { inbox, crew });
  using events = new EventStream(service, report);
  using _notifier = new Notifier(service, report, { clock: systemClock, log, fetch });
  await using _publisher = new Publisher(service, { clock: systemClock, log, metrics });
  await using listening = await listen(
    loaded.config.serve.listen,
    { service, report, events, inbox },
    log,
  );
  crew?.begin();
  const reload = (): void => void service.reload();
  const onReload = reloadSignal(process.platform);
  if (onReload !== undefined) process.on(onReload, reload);
  log.info({ url: listening.url, config: loaded.file }, 'serving');
  try {
    await untilStopped(
      service.run(signal),
      signal,
      () => service.runtime.loaded.config.serve.drain,
    );
    log.info('stopped');
    return stoppedCode(signal);
  } catch (error) {
    if (error === signal.reason)
      log.error('something under way did not end in time; what was committed stays');
    throw error;
  } finally {
    if (onReload !== undefined) process.off(onReload, reload);
  }
}
