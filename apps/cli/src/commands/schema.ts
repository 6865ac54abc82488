import { z } from 'zod';
import { configSchema } from '../config/schema.ts';
import { type Console, printJson } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import { officialSinks, resolveSink } from '../sinks.ts';

/** Prints the JSON Schema of the config, with the settings of every official sink that is installed beside it. */
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
    const settings = await sinkSchema(type, baseDir);
    if (settings !== undefined) variants.push(whenType(type, settings));
  }
  return { ...base, title: 'tdp-sync', ...(variants.length === 0 ? {} : { allOf: variants }) };
}

async function sinkSchema(
  type: string,
  baseDir: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    const adapter = await resolveSink(type, baseDir);
    return adapter.config['~standard'].jsonSchema?.input({ target: 'draft-07' });
  } catch {
    // Not installed: the schema then takes any settings for it.
    return undefined;
  }
}

function whenType(
  type: string,
  { $schema: _dialect, ...settings }: Record<string, unknown>,
): unknown {
  const properties = typeof settings['properties'] === 'object' ? settings['properties'] : {};
  const sink = { ...settings, properties: { type: { const: type }, ...properties } };
  return {
    if: { properties: { sink: { properties: { type: { const: type } }, required: ['type'] } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { sink } },
  };
}
