import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { CliError, describeError } from '../exit.ts';
import { type Routed, route } from './routes.ts';

/** To the service, at once; more are closed as they come. Files and TDP need connections too, and a process may have only so many. */
export const MAX_CONNECTIONS = 256;

/** Where a service can be reached. */
export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/** @throws CliError when the address cannot be had. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  routed: Routed,
  log: Logger,
): Promise<Listening> {
  const server = createServer((request, response) => {
    route(routed, request, response).catch((error: unknown) => {
      log.error(`${request.method} ${request.url?.split('?')[0]}: ${describeError(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`serve.listen: ${host}:${port} cannot be had: ${reason}`, undefined, cause);
  }
  const { address, port: actual, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
