import type { Environment } from '../config/environment.ts';
import { CliError } from '../exit.ts';

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

/** What does nothing where nobody asks for traces. */
const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

/**
 * Sends traces where OpenTelemetry's standard environment variables say, by the SDK that is installed beside
 * tdp-sync. Without the variables nothing is loaded.
 *
 * @throws CliError when traces are asked for and there is no SDK.
 */
export async function startTelemetry(environment: Environment): Promise<AsyncDisposable> {
  if (!isAskedFor(environment)) return NOTHING;
  const name = '@opentelemetry/sdk-node';
  let module: { readonly NodeSDK: new (options: object) => Sdk };
  try {
    module = await import(name);
  } catch (cause) {
    throw new CliError(
      `The environment asks for traces (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER), and there is nothing to send them with. Run: npm install ${name}. Or set OTEL_SDK_DISABLED=true.`,
      undefined,
      cause,
    );
  }
  const serviceName = environment['OTEL_SERVICE_NAME'] ?? 'tdp-sync';
  const sdk = new module.NodeSDK({ serviceName, instrumentations: [] });
  sdk.start();
  return { [Symbol.asyncDispose]: () => sdk.shutdown() };
}

function isAskedFor(environment: Environment): boolean {
  const exporter = environment['OTEL_TRACES_EXPORTER'] ?? '';
  if (environment['OTEL_SDK_DISABLED'] === 'true' || exporter === 'none') return false;
  const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  return exporter !== '' || endpoints.some((name) => (environment[name] ?? '') !== '');
}
