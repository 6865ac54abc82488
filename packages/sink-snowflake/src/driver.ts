import type { Connection, ConnectionOptions } from 'snowflake-sdk';

/** As much of the driver as is used. Its own types leave out sending a file from memory. */
export interface Driver {
  createConnection(options: ConnectionOptions): Connection;
  configure(options: { logLevel: 'OFF'; additionalLogToConsole: false }): void;
}

/** What the driver does unasked when it is loaded: telling where it runs, for which it asks around, and loading a library. */
const UNASKED: Readonly<Record<string, string>> = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SNOWFLAKE_DISABLE_MINICORE: 'true',
  SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: 'true',
};

let loaded: Promise<Driver> | undefined;

/**
 * Loads the driver, once: it is large, and only a sink that is opened needs it. It logs into a file of the working directory unless it is told
 * not to, and takes no other way to be told than these.
 */
export function loadDriver(): Promise<Driver> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Driver> {
  for (const [name, value] of Object.entries(UNASKED)) process.env[name] ??= value;
  const { default: driver } = (await import('snowflake-sdk')) as unknown as { default: Driver };
  driver.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  return driver;
}
