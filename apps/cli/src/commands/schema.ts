import type { ConfigSchema } from '@tdp-sync/sink';
import { z } from 'zod';
import { configSchema } from '../config/schema.ts';
import { type Console, printJson } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import { officialQueues, resolveQueue } from '../queues.ts';
import { officialSinks, resolveSink } from '../sinks.ts';

/** Prints the JSON Schema of the config, with the settings of every official sink and queue that is installed beside it. */
export async function schema(
  options: { readonly baseDir: string },
  console: Console,
): Promise<number> {
  printJson(console, await configJsonSchema(options.baseDir), 2);
  return ExitCode.complete;
}

/** The config's JSON Schema, draft 7, for editors. */
export async function configJsonSchema(baseDir: string): Promise<Record<string, unknown>> {
  const base = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  const variants: unknown[] = [];
  for (const type of officialSinks) {
    const settings = await settingsOf(() => resolveSink(type, baseDir));
    if (settings !== undefined) variants.push(whenType(['sink'], type, {}, settings));
  }
  for (const type of officialQueues) {
    const settings = await settingsOf(() => resolveQueue(type, baseDir));
    if (settings !== undefined)
      variants.push(whenType(['serve', 'queue'], type, queueSettings(base), settings));
  }
  return { ...base, title: 'tdp-sync', ...(variants.length === 0 ? {} : { allOf: variants }) };
}

async function settingsOf(
  resolve: () => Promise<{ readonly config: ConfigSchema }>,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { config } = await resolve();
    return config['~standard'].jsonSchema?.input({ target: 'draft-07' });
  } catch {
    // Not installed: the schema then takes any settings for it.
    return undefined;
  }
}

/** What may stand in `serve.queue`, whatever its type. */
function queueSettings(base: object): object {
  const { properties } = base as {
    properties: { serve: { properties: { queue: { properties: object } } } };
  };
  return properties.serve.properties.queue.properties;
}

/** What may stand at this path, where the `type` there is this one. */
function whenType(
  path: readonly string[],
  type: string,
  own: object,
  { $schema: _dialect, ...settings }: Record<string, unknown>,
): unknown {
  const properties = typeof settings['properties'] === 'object' ? settings['properties'] : {};
  const at = (schema: object): object =>
    path.reduceRight<object>((inner, name) => ({ properties: { [name]: inner } }), schema);
  const asked = { properties: { type: { const: type } }, required: ['type'] };
  return {
    if: at(asked),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: at({ ...settings, properties: { ...own, ...properties, type: { const: type } } }),
  };
}
