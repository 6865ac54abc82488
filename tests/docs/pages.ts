import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type CodeBlock, codeBlocks } from './markdown.ts';

/** The folder of the repository. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** A page of documentation. */
export interface Page {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block and the page that it stands on. */
export interface Excerpt extends CodeBlock {
  readonly page: string;
  /** `page:line`, for the name of a test. */
  readonly where: string;
}

const PATTERNS = [
  '*.md',
  'docs/**/*.md',
  'deploy/**/*.md',
  '{packages,apps,examples}/*/README.md',
  'tests/*/README.md',
];

/** Every page that users, maintainers and authors of sinks read. */
export const pages: readonly Page[] = (await Array.fromAsync(glob(PATTERNS, { cwd: ROOT })))
  .sort()
  .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }));

/** The fenced blocks of all pages in some languages. */
export function blocks(...languages: readonly string[]): readonly Excerpt[] {
  return pages.flatMap(({ path, text }) =>
    codeBlocks(text)
      .filter(({ language }) => languages.includes(language))
      .map((block) => ({ ...block, page: path, where: `${path}:${block.line}` })),
  );
}

/** The page at a path. */
export function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}
