import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shell } from '../publish/shell.ts';
import { blocks, ROOT } from './pages.ts';

const TUTORIAL = 'docs/write-a-sink.md';
// Hidden by its dot from every other compilation.
const FOLDER = fileURLToPath(new URL('./.snippets', import.meta.url));

/** What a snippet takes for granted. */
const GIVEN: Readonly<Record<string, string>> = {
  'packages/sink/README.md': `
    import type { SinkAdapter } from '@tdp-sync/sink';
    import type { TestDatabase } from '@tdp-sync/sink/conformance';
    declare const mySink: SinkAdapter;
    declare function emptyDatabase(): Promise<TestDatabase>;\n`,
  'packages/queue/README.md': `
    import type { MortalService } from '@tdp-sync/queue/conformance';
    declare function emptyService(): Promise<MortalService>;\n`,
};

beforeAll(() => mkdir(FOLDER, { recursive: true }));
afterAll(() => rm(FOLDER, { recursive: true }));

it('the TypeScript in the docs compiles', async () => {
  const snippets = blocks('ts').filter(({ page }) => page !== TUTORIAL);
  expect(snippets.length).toBeGreaterThan(3);
  for (const [index, { page, text, where }] of snippets.entries()) {
    const name = where.replaceAll(/\W+/g, '-');
    await writeFile(
      join(FOLDER, `${index}-${name}.ts`),
      `${GIVEN[page] ?? ''}${text}\nexport {};\n`,
    );
  }
  await writeFile(
    join(FOLDER, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.test.json',
      // A snippet shows how to begin: not every name is used, and a document of TDP has no type.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noImplicitAny: false },
      include: ['*.ts'],
    }),
  );
  const { code, output } = await shell(`${ROOT}node_modules/.bin/tsc -p tsconfig.json`, FOLDER);
  expect(`${output}exit ${code}`).toBe('exit 0');
});

it(`the code in ${TUTORIAL} is that of the example, or of the sink for PostgreSQL`, async () => {
  const folders = 'examples/sink-json/{src,test}/**/*.ts';
  const files = [folders, 'packages/sink-postgres/src/conformance.ts'];
  const paths = await Array.fromAsync(glob(files, { cwd: ROOT }));
  const sources = await Promise.all(paths.map((path) => readFile(join(ROOT, path), 'utf8')));
  const shown = blocks('ts').filter(({ page }) => page === TUTORIAL);
  expect(shown.length).toBeGreaterThan(4);
  const foreign = shown.filter(({ text }) => !sources.some((source) => source.includes(text)));
  expect(foreign.map(({ where }) => where)).toEqual([]);
});
