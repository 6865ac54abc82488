import { z } from 'zod';
import { configSchema } from '../../apps/cli/src/config/schema.ts';

/** What of a JSON Schema is shown. */
interface Shown {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shown>>;
  readonly additionalProperties?: Shown;
}

const { properties: sections = {} } = z.toJSONSchema(configSchema, {
  io: 'input',
  target: 'draft-7',
}) as Shown;

/** The sections of the config, whose settings are in `docs/configuration.md`. */
export const SECTIONS: readonly string[] = Object.keys(sections);

/** The table of a section's settings, in Markdown, from the schema that checks them. */
export function settingsTable(section: string): string {
  const shown = sections[section];
  const owner = section === 'syncs' ? shown?.additionalProperties : shown;
  const settings = owner?.properties;
  const rows = settings === undefined ? [rowOf(section, owner ?? {})] : rowsOf(settings, '');
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The page with every table written anew between its marks. */
export function withSettings(page: string): string {
  return page.replace(
    /(<!-- settings of (\w+), by npm run docs -->\n)[\s\S]*?(<!-- end -->)/g,
    (_all, begin: string, section: string, end: string) =>
      `${begin}\n${settingsTable(section)}\n\n${end}`,
  );
}

function rowsOf(properties: Readonly<Record<string, Shown>>, prefix: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, setting]) =>
    setting.properties === undefined
      ? [rowOf(`${prefix}${name}`, setting)]
      : rowsOf(setting.properties, `${prefix}${name}.`),
  );
}

function rowOf(name: string, { description = '', default: value }: Shown): string {
  const [meaning = '', otherwise] = description.split(/ Default: (.*)\.$/);
  const isEmpty =
    value === undefined || value === '' || ['[]', '{}'].includes(JSON.stringify(value));
  const fallback = isEmpty ? (otherwise ?? '') : `\`${String(value)}\``;
  return `| \`${name}\` | ${cell(fallback)} | ${cell(meaning)} |`;
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(
      /docs\/((\w+\.md)(?:#[\w-]+)?)/g,
      (_all, link: string, page: string) => `[${page}](${link})`,
    );
}
