import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM, launch, open, title, violations, type Watched } from './serve-page-browser.ts';
import { type Serving, serveConfig, serving, TOKEN, until } from './serving.ts';
import { differences, type World, world } from './world.ts';

const IDLE = 'every: 1h, settle: 100ms, sweep: never, verify: never';
const BROKEN = `filter: [{ termm: { x: 1 } }], ${IDLE}`;

let browser: Browser;
let w: World;
let s: Serving | undefined;
let watched: Watched | undefined;

beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await watched?.[Symbol.asyncDispose]();
  await s?.[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
  watched = undefined;
  s = undefined;
});

async function start(syncs: Readonly<Record<string, string>>, serve?: string): Promise<Serving> {
  await w.config(serveConfig(syncs, serve));
  s = await serving(w);
  return s;
}

async function show(url: string, options: Parameters<typeof open>[2] = {}): Promise<Page> {
  watched = await open(browser, url, options);
  return watched.page;
}

/** A file that was indexed just now. */
function addNew(path: string): void {
  const indexedAt = Date.now() - 1500;
  w.tdp.lake.put({ path, category: 'IDS', content: { path }, indexedAt });
}

/** Files whose content cannot be had as long as the faults last. */
function addFailing(...paths: readonly string[]): void {
  for (const path of paths) addNew(path);
  w.tdp.faults.random('retrieve', { kind: '404' }, 1);
}

function card(page: Page, name = 'docs'): Locator {
  return page.getByRole('article', { name });
}

function button(page: Page, name: string | RegExp, sync = 'docs'): Locator {
  return card(page, sync).getByRole('button', { name, exact: true });
}

/** Resolves once the sync says this of its state. */
async function isIn(page: Page, state: string, sync = 'docs'): Promise<void> {
  await card(page, sync).locator('header').getByText(state, { exact: true }).waitFor();
}

async function said(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('#notice').getByText(text).waitFor();
}

async function giveToken(page: Page, token = TOKEN): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Whether one of these has the focus. */
async function hasFocus(these: Locator): Promise<boolean> {
  const all = await these.all();
  const found = await Promise.all(all.map((one) => one.evaluate((node) => node.matches(':focus'))));
  return found.includes(true);
}

/** Clicks until a run has brought this in. One in the second of the one before has no window of its own. */
async function runUntil(page: Page, loaded: number): Promise<void> {
  await until(async () => {
    await button(page, 'Run now').click();
    await said(page, 'asked to run now');
    return (await s?.metric('tdp_sync_files_total', { outcome: 'loaded' })) === loaded;
  });
}

async function run(t: Serving, sync: string, loaded: number): Promise<void> {
  await until(async () => {
    await t.post(`/syncs/${sync}/run`);
    return (await t.metric('tdp_sync_files_total', { sync, outcome: 'loaded' })) === loaded;
  });
}

describe.skipIf(CHROMIUM === undefined)(title('status page'), () => {
  it('shows all in one glance, changes live, keeps what is open and focused, and needs no other host', async () => {
    w.addFiles(5);
    const t = await start({ docs: IDLE, more: IDLE });
    const page = await show(t.url);
    await page.getByRole('heading', { name: 'All 2 syncs up to date' }).waitFor();
    await page.getByText('No failed files.').waitFor();
    expect(await page.title()).toBe('✓ All 2 syncs up to date · tdp-sync');
    await isIn(page, 'Up to date');
    await card(page).getByText('Recent runs').click();
    await card(page).getByText('The same in numbers').click();
    const runs = card(page).getByRole('table').last().getByRole('row');
    await runs.nth(1).getByRole('cell', { name: '5', exact: true }).waitFor();
    await page.evaluate('globalThis.isStillHere = true');
    await button(page, 'Pause').focus();
    addNew('/new/one.json');
    await run(t, 'docs', 6);
    await runs.nth(1).getByRole('cell', { name: '1', exact: true }).waitFor();
    await runs.nth(2).getByRole('cell', { name: '5', exact: true }).waitFor();
    expect(await hasFocus(button(page, 'Pause'))).toBe(true);
    expect(await page.evaluate('globalThis.isStillHere')).toBe(true);
    expect([...(watched?.origins ?? [])]).toEqual([t.url]);
    expect(watched?.problems).toEqual([]);
  });

  it('asks for the token, again when it is wrong and not when it is right, and runs, pauses and resumes', async () => {
    w.addFiles(2);
    const t = await start({ docs: IDLE });
    await t.rest();
    const page = await show(t.url);
    await button(page, 'Pause').click();
    await giveToken(page, 'not-the-right-token');
    await page.getByText('The service refused this token.').waitFor();
    expect((await t.sync()).state).toBe('up-to-date');
    await giveToken(page);
    await said(page, 'docs: paused.');
    await isIn(page, 'Paused');
    await page.locator('#spoken').getByText('docs: paused.', { exact: true }).waitFor();
    expect((await t.sync()).state).toBe('paused');
    expect(await page.title()).toContain('‖');

    expect(await button(page, 'Run now').getAttribute('aria-disabled')).toBe('true');
    await button(page, 'Run now').click({ force: true });
    await said(page, 'docs is paused, so nothing was done. Resume it first.');

    await button(page, 'Resume').click();
    await said(page, 'docs: resumed.');
    await isIn(page, 'Up to date');
    expect(await hasFocus(button(page, 'Pause'))).toBe(true);

    addNew('/new/one.json');
    await runUntil(page, 3);
    expect(watched?.asked.join()).not.toContain(TOKEN);
    await page.getByRole('button', { name: 'Forget the control token' }).click();
    await button(page, 'Run now').click();
    await page.getByRole('heading', { name: 'Control token' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await said(page, 'Nothing was done: no token was given.');
    const [refused, ...others] = watched?.problems ?? [];
    expect(refused).toContain('401');
    expect(others).toEqual([]);
  });

  it('says why when somebody else has paused it meanwhile', async () => {
    const t = await start({ docs: IDLE });
    const page = await show(t.url);
    // TDP has nothing for it.
    await isIn(page, 'Up to date');
    await page.route('**/syncs/docs/run', async (route) => {
      await t.post('/syncs/docs/pause');
      await route.continue();
    });
    await button(page, 'Run now').click();
    await giveToken(page);
    await said(page, 'docs is paused, so nothing was done. Resume it first.');
    await isIn(page, 'Paused');
  });

  it('tries one failed file again, then all, and shows their names as text', async () => {
    const evil = '/new/<img src=x onerror=alert(1)>.json';
    addFailing('/new/a.json', evil, '/new/c.json');
    const t = await start({ docs: IDLE });
    const page = await show(t.url);
    const failed = card(page).getByText('3 failed files', { exact: true });
    await failed.waitFor();
    expect(await page.getByText('/new/a.json', { exact: true }).first().isVisible()).toBe(false);
    await failed.click();
    const reason = card(page).getByText(/^3 files FILE_NOT_FOUND: .*, first: /);
    expect(await page.getByText('/new/a.json', { exact: true }).first().isVisible()).toBe(false);
    await reason.click();
    await page.getByText(evil, { exact: true }).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await card(page).getByRole('row').getByRole('button').count()).toBe(3);

    const first = button(page, 'Retry /new/a.json');
    await first.focus();
    await first.evaluate((node) => node.setAttribute('data-mark', 'the same'));
    addNew('/new/d.json');
    await until(async () => {
      await t.post('/syncs/docs/run');
      return (await t.sync()).failing === 4;
    });
    await card(page).getByText('4 failed files', { exact: true }).waitFor();
    expect(await hasFocus(first)).toBe(true);
    expect(await first.getAttribute('data-mark')).toBe('the same');

    w.tdp.faults.clear();
    await button(page, `Retry ${evil}`).click();
    await giveToken(page);
    await said(page, `docs: asked to try ${evil} again.`);
    await card(page).getByText('3 failed files', { exact: true }).waitFor();
    const left = (await t.sync()).failedFiles.map(({ fileId }) => fileId);
    expect(left).toHaveLength(3);
    expect(await button(page, `Retry ${evil}`).count()).toBe(0);
    expect(await hasFocus(card(page).getByRole('row').getByRole('button'))).toBe(true);
    await first.waitFor();

    await button(page, 'Retry all').click();
    await said(page, 'docs: asked to try all failed files again.');
    await card(page).getByText('Retry all').waitFor({ state: 'hidden' });
    await page.getByText('No failed files.').waitFor();
    expect((await t.sync()).failing).toBe(0);
    expect(await hasFocus(card(page).getByRole('heading'))).toBe(true);
    expect(await until(() => differences(w).catch(() => undefined))).toEqual([]);
    expect(watched?.problems).toEqual([]);
  });

  it('shows how far a run and its window are', async () => {
    w.addFiles(300);
    w.tdp.faults.random('storage', { kind: 'slow', delayMs: 150 }, 1);
    const t = await start({ docs: `${IDLE}, batch: { documents: 20 }` });
    const page = await show(t.url);
    const job = card(page).getByRole('region', { name: 'Under way' });
    await job.getByText(/of about 300 looked at · \d+ loaded/).waitFor();
    await card(page)
      .getByRole('region', { name: 'Open window' })
      .getByText(/up to fileId .*%/)
      .waitFor();
    expect(await job.getByRole('progressbar').getAttribute('max')).toBe('300');
    w.tdp.faults.clear();
    await job.waitFor({ state: 'hidden' });
    await isIn(page, 'Up to date');
  });

  it('shows what fails: a sync, a config that was refused, a token that expires, a database that cannot be had', async () => {
    w.addFiles(2);
    const token = w.tdp.issueToken({ expiresAt: Date.now() + 3 * 86_400_000 });
    const auth = { ...w.tdp.authFile(), auth_token: token };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    const t = await start({ docs: IDLE, broken: BROKEN });
    const page = await show(t.url);
    await page.getByRole('heading', { name: '1 of 2 syncs failing' }).waitFor();
    expect(await page.title()).toContain('✕');
    await isIn(page, 'Failing', 'broken');
    await card(page, 'broken').getByRole('strong').getByText('QUERY_REJECTED').waitFor();
    await page.getByText(/TDP’s token expires in 2 d/).waitFor();
    await w.config('nonsense: 1');
    t.signal('SIGHUP');
    await page.getByText(/The config was not taken over/).waitFor();
    await t.rest();
    const other = await DuckDBInstance.create(join(w.dir, 'lab.duckdb'));
    try {
      await t.post('/syncs/docs/run');
      await page.getByRole('heading', { name: 'Not ready' }).waitFor();
      await page
        .locator('#troubles')
        .getByText(/^database: /)
        .waitFor();
    } finally {
      other.closeSync();
    }
  });

  it('shows that a sync stands still although nothing happens', async () => {
    w.addFiles(2);
    const t = await start({ docs: 'every: 300ms, settle: 100ms, sweep: never, verify: never' });
    const page = await show(t.url);
    await isIn(page, 'Up to date');
    w.tdp.faults.random('search', { kind: 'hang' }, 1);
    addNew('/new/one.json');
    await isIn(page, 'Failing');
    await card(page)
      .getByText(/^No progress since/)
      .waitFor();
    expect((await t.sync()).error).toBeNull();
  });

  it('says that the connection is lost, and goes on when the service is back', async () => {
    w.addFiles(2);
    const first = await start({ docs: IDLE });
    await first.rest();
    const page = await show(first.url);
    await isIn(page, 'Up to date');
    await first[Symbol.asyncDispose]();
    await page.getByRole('heading', { name: 'Connection lost' }).waitFor();
    await isIn(page, 'Was: up to date');
    await page.getByText(/Last heard at/).waitFor();
    expect(await page.title()).toBe('⚠ Connection lost · tdp-sync');
    await button(page, 'Run now').click();
    await giveToken(page);
    await said(page, 'docs: nothing was done, the service does not answer.');
    await w.config(serveConfig({ docs: IDLE }).replace('127.0.0.1:0', new URL(first.url).host));
    s = await serving(w);
    await page.getByRole('heading', { name: 'Up to date' }).waitFor();
    await isIn(page, 'Up to date');
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('takes a connection that says nothing any more for lost, and connects again', async () => {
    w.addFiles(2);
    const t = await start({ docs: IDLE });
    await t.rest();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(t.url);
    await page.getByRole('heading', { name: 'Up to date' }).waitFor();
    await page.clock.fastForward(20_001);
    await page.getByRole('heading', { name: 'Connection lost' }).waitFor();
    await page.clock.fastForward(3001);
    await page.getByRole('heading', { name: 'Up to date' }).waitFor();
    await context.close();
  });

  it('only shows where there is no control token, and says so', async () => {
    addFailing('/new/a.json');
    const t = await start({ docs: IDLE }, 'drain: 1s');
    const page = await show(t.url);
    await page.getByText(/This page only shows/).waitFor();
    await card(page).getByText('1 failed file', { exact: true }).click();
    await card(page)
      .getByText(/^1 file FILE_NOT_FOUND/)
      .click();
    await card(page).getByRole('row').getByText('/new/a.json').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('can be used with the keyboard alone', async () => {
    w.addFiles(2);
    const t = await start({ docs: IDLE });
    await t.rest();
    addNew('/new/one.json');
    const page = await show(t.url);
    await until(async () => {
      await page.keyboard.press('Tab');
      return await button(page, 'Run now').evaluate((node) => node.matches(':focus-visible'));
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Control token' }).waitFor();
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await said(page, 'asked to run now');
    expect(await hasFocus(button(page, 'Run now'))).toBe(true);
  });

  it.each([1280, 320])('is accessible at %i pixels, in light and dark', async (width) => {
    addFailing(`/new/${'a_long_name_without_end_'.repeat(6)}.json`, '/new/b.json');
    const t = await start({ docs: IDLE, broken: BROKEN, held: IDLE });
    await t.post('/syncs/held/pause');
    const page = await show(t.url, { viewport: { width, height: 800 } });
    const isFine = async (): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page)).toEqual([]);
      }
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    };
    await isIn(page, 'Paused', 'held');
    await isIn(page, 'Failing', 'broken');
    await card(page).getByText('2 failed files', { exact: true }).click();
    await card(page)
      .getByText(/^2 files FILE_NOT_FOUND/)
      .click();
    await card(page).getByText('Recent runs').click();
    await card(page).getByText('The same in numbers').click();
    await isFine();
    await button(page, 'Run now').click();
    await page.getByRole('heading', { name: 'Control token' }).waitFor();
    await isFine();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await said(page, 'Nothing was done');
    await t[Symbol.asyncDispose]();
    await page.getByRole('heading', { name: 'Connection lost' }).waitFor();
    await isFine();
  });
});

it('serves nothing of the page but what a browser needs, and lets it load nothing else', async () => {
  const t = await start({ docs: IDLE });
  const ask = (path: string, method: string): Promise<Response> => fetch(t.url + path, { method });
  for (const path of ['/', '/page/main.js', '/page/page.css']) {
    const answer = await ask(path, 'HEAD');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self';/,
    );
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await ask(path, 'POST')).status).toBe(405);
  }
  expect((await ask('/page/main.js', 'GET')).headers.get('content-type')).toMatch(
    /^text\/javascript/,
  );
  for (const path of ['/page/tsconfig.json', '/page/', '/page/%2e%2e/package.json', '/index.html'])
    expect((await ask(path, 'GET')).status).toBe(404);
});
