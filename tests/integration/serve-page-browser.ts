import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'] as const;

/** The browser that is used: `TDP_SYNC_TEST_CHROMIUM`, or the first known one on the PATH. */
export const CHROMIUM: string | undefined = process.env['TDP_SYNC_TEST_CHROMIUM'] ?? onPath();

/** The name of tests that need a browser, and why they are skipped where there is none. */
export function title(name: string): string {
  return CHROMIUM === undefined
    ? `${name} (skipped: no ${NAMES.join(', ')} on the PATH; TDP_SYNC_TEST_CHROMIUM says where one is)`
    : name;
}

export async function launch(): Promise<Browser> {
  // Chromium's sandbox does not work for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args });
}

/** A page and what it must not do. */
export interface Watched extends AsyncDisposable {
  readonly page: Page;
  /** Errors, and whatever the console was told. */
  readonly problems: readonly string[];
  /** The origins that it asked. */
  readonly origins: ReadonlySet<string>;
  /** Every address that it asked. */
  readonly asked: readonly string[];
}

/** Opens the status page and waits until it is live. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems: string[] = [];
  const asked: string[] = [];
  const origins = new Set<string>();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => problems.push(message.text()));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    asked.push(request.url());
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:') origins.add(origin);
  });
  await page.goto(url);
  await page.getByText('Live', { exact: true }).waitFor();
  return {
    ...{ page, problems, origins, asked },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** What axe-core finds wrong, each as rule and place. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ': ' + failureSummary)))`,
  );
  return found as readonly string[];
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
