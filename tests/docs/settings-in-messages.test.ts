import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { configJsonSchema } from '../../apps/cli/src/commands/schema.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SINKS = ['duckdb', 'bigquery', 'mssql', 'postgres', 'snowflake'] as const;
const SECTIONS = 'source|sink|serve|syncs|batch|failures';

/** Words in capitals and small letters that messages have and that are no settings. */
const OTHER_WORDS = new Set([
  // Of TDP.
  ...['fileId', 'indexedAt', 'searchEql', 'authToken'],
  // Of pages and of the programs that tdp-sync uses.
  ...['viewBox', 'fsGroup', 'nodeName'],
]);

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly anyOf?: readonly Shape[];
  readonly allOf?: readonly { readonly if?: Shape; readonly then?: Shape }[];
  readonly items?: Shape;
  readonly const?: string;
}

/** Every setting by its whole name: `source.auth.token`, `syncs.*.batch.bytes`, and of each sink `duckdb.memoryLimit`. */
const settings = new Set<string>();
/** The last parts of them. */
const names = new Set<string>();

function learn(shape: Shape, path: string): void {
  for (const [name, inner] of Object.entries(shape.properties ?? {})) {
    const whole = path === '' ? name : `${path}.${name}`;
    settings.add(whole);
    names.add(name);
    learn(inner, whole);
  }
  for (const one of shape.anyOf ?? []) learn(one, path);
  if (shape.items !== undefined) learn(shape.items, path);
  if (typeof shape.additionalProperties === 'object')
    learn(shape.additionalProperties, `${path}.*`);
}

beforeAll(async () => {
  const schema = (await configJsonSchema(ROOT)) as Shape;
  learn(schema, '');
  for (const { if: when, then } of schema.allOf ?? []) {
    const type = when?.properties?.['sink']?.properties?.['type']?.const ?? '';
    learn(then?.properties?.['sink'] ?? {}, type);
  }
});

interface Message {
  readonly file: string;
  readonly text: string;
}

/** Every text of the sources that has a blank, as a message has; what is put into it is an asterisk. */
async function messages(pattern: string): Promise<readonly Message[]> {
  const found: Message[] = [];
  for await (const file of glob(pattern, { cwd: ROOT })) {
    const source = await readFile(ROOT + file, 'utf8');
    const texts =
      /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
    for (const [, single, double, template] of source.matchAll(texts)) {
      const text = (single ?? double ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '*');
      if (text.includes(' ')) found.push({ file, text });
    }
  }
  return found;
}

/** Whether there is such a setting, of a section or of a sync. */
function isSetting(name: string): boolean {
  return settings.has(name) || settings.has(`syncs.*.${name}`);
}

it('knows settings from what is none', () => {
  for (const name of ['source.url', 'serve.hosts', 'syncs.*.transform', 'batch.bytes', 'sink.type'])
    expect(isSetting(name), name).toBe(true);
  for (const sink of SINKS)
    expect([...settings].some((name) => name.startsWith(`${sink}.`))).toBe(true);
  for (const name of ['source.maxAnswerBytes', 'serve.host', 'memoryLimit', 'batch.size'])
    expect(isSetting(name), name).toBe(false);
  expect(names.has('memoryLimit') && !names.has('memoryLimits')).toBe(true);
});

it('a setting that a message names by its section is there', async () => {
  const all = await messages('{packages,apps}/*/{src,page}/**/*.{ts,js}');
  expect(all.length).toBeGreaterThan(500);
  const named = all.flatMap(({ file, text }) =>
    // Fields of TDP's documents are called like this in its queries.
    Array.from(
      text.matchAll(
        new RegExp(`(?<!term: \\{ |term: |[\\w/.-])(?:${SECTIONS})\\.[\\w*]+(?:\\.[\\w*]+)*`, 'g'),
      ),
      ([name]) => ({
        file,
        name,
      }),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const unknown = named.filter(({ name }) => !isSetting(name) && !/\.(?:md|ts)$/.test(name));
  expect(unknown.filter(({ file }) => !file.startsWith('packages/emulator'))).toEqual([]);
});

it('a setting that a message names by itself is there', async () => {
  const all = await messages(
    '{packages/{core,sink-duckdb,sink-bigquery,sink-mssql,sink-postgres,sink-snowflake},apps/cli}/src/**/*.ts',
  );
  const camel = all.flatMap(({ file, text }) =>
    Array.from(text.matchAll(/(?<![\w./$@%\\-])[a-z]+[A-Z][a-zA-Z]*(?![\w(])/g), ([name]) => ({
      file,
      name,
    })),
  );
  expect(camel.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['memoryLimit', 'tablePrefix']),
  );
  expect(camel.filter(({ name }) => !names.has(name) && !OTHER_WORDS.has(name))).toEqual([]);
});

it.each(SINKS)(
  'what a message of %s puts in quotes is one of its settings, or of a sync',
  async (sink) => {
    const all = await messages(`packages/sink-${sink}/src/{errors,*-errors,config}.ts`);
    const quoted = all.flatMap(({ file, text }) =>
      Array.from(text.matchAll(/"([a-z]+[A-Za-z]*)"/g), ([, name = '']) => ({ file, name })),
    );
    expect(quoted.length).toBeGreaterThan(0);
    const isKnown = (name: string): boolean =>
      settings.has(`${sink}.${name}`) || settings.has(`syncs.*.${name}`) || settings.has(name);
    expect(quoted.filter(({ name }) => !isKnown(name))).toEqual([]);
  },
);
