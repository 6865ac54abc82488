import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Between, between } from './between.ts';
import { type Around, inProcess, type Written } from './in-process.ts';
import { serveConfig, serving, until } from './serving.ts';
import { configText, type World, world } from './world.ts';

/** A forged line, and what would hide it, colour it, turn it around, link it or clear the screen before it. */
const HOSTILE = [
  'FORGED by a line break\nFORGED: equal to TDP',
  'FORGED by a carriage return\rFORGED: equal to TDP',
  'FORGED by an escape \u001b[2J\u001b[H\u001b[1;1HFORGED: equal to TDP',
  'FORGED by a link \u001b]8;;http://evil.example\u0007FORGED\u001b]8;;\u0007',
  'FORGED by C1 \u009b2J\u0085\u009d0;title\u009c',
  'FORGED by other breaks \u2028FORGED\u2029FORGED\u000b\u000c\u0001\u007f',
  'FORGED by turning \u202egnp.exe\u2066\u200f\u061c around',
  'FORGED by tags \u{e0041}\u200b\ufeff\u00ad',
] as const;
/** No text may begin a line, since none of ours begins like this. */
const FORGED = /^\s*FORGED/m;
/** What the status line, readline and pino-pretty draw with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OWN = /\u001b(?:[78]|\[(?:\?(?:25|7)[lh]|\d{1,2}m|1G|[02]?K|0?J|\d+A))/g;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

let w: World;

beforeAll(async () => {
  w = await world();
  for (const [at, text] of HOSTILE.entries()) put(at, text);
  // No database holds it as it is.
  put(HOSTILE.length, 'FORGED by nothing \u0000 at all');
});
afterAll(() => w[Symbol.asyncDispose]());

/** Two files that say it wherever a file can say something: one that is loaded, and one that fails and so is named. */
function put(at: number, text: string): void {
  const file = {
    category: 'IDS' as const,
    source: { name: text, type: `type ${text}` },
    ids: `common/kind ${at} ${text}:v1.0.0`,
    labels: [{ name: text, value: text }],
    metadata: { [text]: text },
    tags: [text],
    indexedAt: Date.now() - 3 * 3_600_000,
  };
  const content = {
    '@idsType': `kind ${at} ${text}`,
    [`key ${at} ${text}`]: text,
    list: [{ [`inner ${at} ${text}`]: [text] }],
  };
  w.tdp.lake.put({ ...file, path: `/good-${at}/${text}`, content });
  w.tdp.lake.put({ ...file, path: `/bad-${at}/${text}`, content: `{"broken": ${text}` });
}

function shown({ out, err }: Written): string {
  return (out + err).replace(OWN, '');
}

/** Nothing that was written commands the terminal, and no line was forged. */
function expectSafe(written: Written): void {
  const text = shown(written);
  const unseen = [...text.matchAll(UNSEEN)].map(([found]) => found).filter((one) => one !== '\n');
  expect(unseen.map((one) => one.codePointAt(0)?.toString(16))).toEqual([]);
  expect(text).not.toMatch(FORGED);
}

const HUMAN: Around = { isTerminal: true };

describe.each(['', 'tables: auto', 'schema: freeze\n    tables: auto'])(
  'texts of files command no terminal with "%s"',
  (sync) => {
    beforeAll(() => w.config(configText(`content: ids\n    ${sync}`, '', '')));

    it.each([
      ['check'],
      ['preview', '--files', '50'],
      ['run'],
      ['run', '--log-level', 'trace', '--json'],
      ['status'],
      ['verify'],
      ['verify', '--repair', '--full'],
      ['retry'],
      ['sweep'],
      ['rebuild', '--all'],
      ['reset', 'docs', '--yes'],
      ['run'],
    ])('%s %s %s', async (...args) => {
      expectSafe(await inProcess(w, args, HUMAN));
      expectSafe(await inProcess(w, args));
    });
  },
);

describe('texts of a server command no terminal', () => {
  let proxy: Between;
  beforeAll(async () => {
    proxy = await between(w.tdp.url);
    await w.config(configText('content: ids', `  url: ${proxy.url}`));
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  it.each([400, 403, 404, 302])('%d to a search', async (status) => {
    const body = JSON.stringify({ message: HOSTILE.join(' ') });
    proxy.answer(({ url }) => (url?.includes('search') ? { status, body } : undefined));
    for (const command of ['check', 'preview', 'run', 'status', 'verify'])
      for (const around of [HUMAN, {}]) {
        const written = await inProcess(w, [command], around);
        expectSafe(written);
        expect(written.code + written.out.length).toBeGreaterThan(0);
      }
  });
});

it('a log for a person shows texts of files as one message each, and its colours are its own', async () => {
  await w.config(serveConfig({ lab: 'every: 1h, settle: 100ms, sweep: never, verify: never' }));
  const stop = new AbortController();
  const onWrite = (written: string): void => {
    if (written.includes('run ended')) stop.abort('SIGTERM');
  };
  const written = await inProcess(w, ['serve', '--log-level', 'trace'], {
    ...{ isTerminal: true, signal: stop.signal, onWrite },
  });
  expect(written.err).toContain('cannot become a document');
  expect(written.err).toContain('\u001b[32mINFO\u001b[39m');
  expectSafe(written);
});

it('what is served is safe to look at with curl, and has every text as it is', async () => {
  await w.config(serveConfig({ docs: 'every: 1h, settle: 100ms, sweep: never, verify: never' }));
  await using t = await serving(w);
  const isDone = async (): Promise<boolean> => (await t.sync()).failing > 0;
  await until(isDone);
  const { text } = await t.get('/status.json');
  const stream = await fetch(`${t.url}/events`);
  const { value = new Uint8Array() } = (await stream.body?.getReader().read()) ?? {};
  const event = Buffer.from(value).toString('utf8');
  expect(event).toMatch(/^retry: 3000\n\nevent: status\ndata: /);
  for (const out of [text, event]) expectSafe({ out, err: '', code: 0 });
  const paths = textsIn(JSON.parse(text));
  for (const [at, one] of HOSTILE.entries()) expect(paths).toContain(`/bad-${at}/${one}`);
});

it('an error that nobody catches goes through the console, too', async () => {
  await writeFile(
    join(w.dir, 'late.mjs'),
    `export default { name: 'late', contract: 1, config: { '~standard': { validate: (value) => ({ value }) } },
      open: (config) => new Promise(() => setTimeout(() => { throw new Error('late ' + config.password + ${JSON.stringify(HOSTILE.join(' '))}) }, 1)) }`,
  );
  await w.config(
    `source: { auth: ./auth.json }\nsink: { type: ./late.mjs, password: sink-password-4711 }\nsyncs: { docs: {} }`,
  );
  const { code, stdout, stderr } = await w.cli(['run']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/did not foresee.*\nError: late \[redacted\]FORGED by a line break/);
  expectSafe({ out: stdout, err: stderr, code: 1 });
});

describe('JSON has every text as it is', () => {
  beforeAll(() => w.config(configText()));

  it.each(['preview', 'status', 'verify'])('%s --json', async (command) => {
    await inProcess(w, ['run']);
    if (command === 'verify') for (const [at, text] of HOSTILE.entries()) put(at + 100, text);
    const more = command === 'preview' ? ['--files', '100'] : [];
    const written = await inProcess(w, [command, '--json', ...more]);
    expectSafe(written);
    const texts = new Set(textsIn(JSON.parse(written.out)));
    for (const [at, text] of HOSTILE.entries()) {
      const path = command === 'verify' ? `/good-${at + 100}/${text}` : `/bad-${at}/${text}`;
      expect([...texts].some((one) => one.includes(path))).toBe(true);
    }
  });

  it('a log of JSON lines', async () => {
    await inProcess(w, ['reset', 'docs', '--yes']);
    const written = await inProcess(w, ['run', '--log-level', 'trace']);
    expectSafe({ ...written, out: '' });
    const lines = written.err.trim().split('\n');
    const texts = new Set(lines.flatMap((line) => textsIn(JSON.parse(line))));
    for (const [at, text] of HOSTILE.entries()) expect(texts).toContain(`/bad-${at}/${text}`);
  });
});

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
