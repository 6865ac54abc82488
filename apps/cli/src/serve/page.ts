import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** One file of the status page. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** Beside `src` as well as beside `dist`. */
const FOLDER = new URL('../../page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/**
 * Nothing but what this service sends itself is loaded, asked or run, and no text becomes HTML. The icon in the
 * browser's tab is a `data:` image.
 */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/**
 * The files of the status page by their path: `/` and `/page/<name>`. Read once, so that page and service stay of one version
 * when the package is replaced. The page is built on what `status.ts` describes.
 */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map(
  readdirSync(FOLDER).flatMap((name) => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    const path = name === 'index.html' ? '/' : `/page/${name}`;
    return [[path, { type, text: readFileSync(new URL(name, FOLDER), 'utf8') }]];
  }),
);
