import { breakableLine, type SinkHarness } from '@tdp-sync/sink/conformance';
import type { SnowflakeConfig, SnowflakeInput } from '../src/config.ts';
import { harness } from '../src/conformance.ts';

/** The harness, with databases that sinks reach over a line which can be broken: the way to the stage leads over it, too. */
export function breakableHarness(config: SnowflakeInput & { readonly url: string }): SinkHarness {
  const whole = harness(config);
  const { hostname: host, port } = new URL(config.url);
  return {
    ...whole,
    freshBreakable: async () => {
      const line = await breakableLine({ host, port: Number(port) });
      const database = await whole.fresh();
      const url = `http://127.0.0.1:${line.port}`;
      return {
        ...database,
        config: { ...(database.config as SnowflakeConfig), url },
        breakAfter: (messages) => line.breakAfter(messages),
        [Symbol.asyncDispose]: async () => {
          await line[Symbol.asyncDispose]();
          await database[Symbol.asyncDispose]();
        },
      };
    },
  };
}
