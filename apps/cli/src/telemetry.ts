import type { Environment } from './console.ts';
import { CliError } from './exit.ts';

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

/** What does nothing where nobody asks for traces. */
const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

/**
 * Sends traces where OpenTelemetry's standard environment variables say, by the SDK that is installed beside
 * tdp-sync. Without the variables nothing is loaded. Traces that cannot be delivered are `note`d and change nothing else.
 *
 * @throws CliError when traces are asked for and there is no SDK.
 */
export async function startTelemetry(
  environment: Environment,
  note: (message: string) => void,
): Promise<AsyncDisposable> {
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
  adopt(environment);
  const sdk = new module.NodeSDK({ serviceName, instrumentations: [] });
  sdk.start();
  const stop = (): Promise<void> =>
    sdk.shutdown().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      note(`the last traces could not be delivered: ${reason}`);
    });
  return { [Symbol.asyncDispose]: stop };
}

/** The SDK looks at the process's environment only, which does not have what stands in a `.env` file. */
function adopt(environment: Environment): void {
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('OTEL_') && value !== undefined) process.env[name] ??= value;
}

function isAskedFor(environment: Environment): boolean {
  const exporter = environment['OTEL_TRACES_EXPORTER'] ?? '';
  if (environment['OTEL_SDK_DISABLED'] === 'true' || exporter === 'none') return false;
  const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  return exporter !== '' || endpoints.some((name) => (environment[name] ?? '') !== '');
}
