import { randomBytes } from 'node:crypto';
import type { Queue } from '@tdp-sync/queue';
import type { MortalService, QueueHarness } from '@tdp-sync/queue/conformance';
import { Client } from 'pg';
import { postgresQueue } from '../../packages/queue-postgres/src/adapter.ts';
import { configSchema } from '../../packages/queue-postgres/src/config.ts';
import { type Line, line } from './line.ts';

/** Opens a queue. */
export async function open(
  url: string,
  schema: string,
  replica: string,
  service: string = 'lab',
): Promise<Queue> {
  const context = { service, replica, baseDir: process.cwd() };
  return await postgresQueue.open(configSchema.parse({ url, schema }), context);
}

/** The same URL by way of a line. */
export function through({ port }: Line, url: string): string {
  const near = new URL(url);
  near.host = `127.0.0.1:${port}`;
  return near.href;
}

/** A name that no schema has yet. */
export function newSchema(): string {
  return `case_${randomBytes(6).toString('hex')}`;
}

/** Runs a statement on a connection of its own. */
export async function sql(
  url: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Tries the queue in a database: each case in a schema of its own, each replica over a line of its own. */
export function harness(url: () => string): QueueHarness {
  const freshMortal = async (): Promise<MortalService> => {
    const schema = newSchema();
    const lines = new Map<string, Line>();
    const lineOf = (replica: string): Line => {
      const found = lines.get(replica);
      if (found === undefined) throw new TypeError(`There is no replica ${replica}`);
      return found;
    };
    return {
      name: 'lab',
      open: async (replica) => {
        const own = await line(Number(new URL(url()).port));
        lines.set(replica, own);
        return await open(through(own, url()), schema, replica);
      },
      openOther: (service, replica) => open(url(), schema, replica, service),
      kill: async (replica) => lineOf(replica).silence(),
      wake: async (replica) => lineOf(replica).mend(),
      [Symbol.asyncDispose]: async () => {
        for (const one of lines.values()) await one[Symbol.asyncDispose]();
        await sql(url(), `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      },
    };
  };
  return { fresh: freshMortal, freshMortal };
}
