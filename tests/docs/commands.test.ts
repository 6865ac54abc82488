import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { program, type Surroundings } from '../../apps/cli/src/program.ts';
import manifest from '../../package.json' with { type: 'json' };
import { blocks, page, pages, ROOT } from './pages.ts';

/** Commands that npm itself has. */
const NPM = ['ci', 'install', 'test', 'pack', 'pkg', 'publish', 'exec', 'version', 'login'];

interface Said {
  readonly where: string;
  readonly words: readonly string[];
}

/** The commands of a text of shell, each as its words. */
function commandsIn(text: string): readonly (readonly string[])[] {
  return text
    .replaceAll('\\\n', ' ')
    .split(/\n|&&|\|\||;|\|/)
    .map((line) =>
      line
        .replace(/(^|\s)#.*/, '')
        .replace(/ > \S+$/, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .map((line) => (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(unquoted));
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}

const inBlocks: readonly Said[] = blocks('sh', 'bash', 'console').flatMap(({ where, text }) =>
  commandsIn(text).map((words) => ({ where, words })),
);
const inProse: readonly Said[] = pages.flatMap(({ path, text }) =>
  [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`((?:npx )?(?:tdp-sync|npm) [^`]+)`/g)]
    // What stands for something else, such as <config>, is no command yet.
    .filter(([, command = '']) => !/[<…]/.test(command))
    .flatMap(([, command = '']) => commandsIn(command.replaceAll('\n', ' ')))
    .map((words) => ({ where: path, words })),
);
const said = [...inBlocks, ...inProse].map(({ where, words }) => ({
  where,
  isProse: !/:\d+$/.test(where),
  command: words.join(' '),
  words: words[0] === 'npx' ? words.slice(1) : words,
}));

/** The command line, with commands that do nothing. */
function commandLine(): ReturnType<typeof program> {
  const streams = { out: new PassThrough(), err: new PassThrough() };
  const surroundings = {
    console: streams,
    signal: new AbortController().signal,
    onExit: () => undefined,
  };
  const root = program(surroundings as unknown as Surroundings);
  for (const command of root.commands) command.action(() => undefined);
  return root;
}

it.each(said.filter(({ words }) => words[0] === 'tdp-sync'))(
  '$where: "$command" is understood',
  async ({ words, isProse }) => {
    const [, ...rest] = words;
    const root = commandLine();
    // Prose may name a command alone, without what it needs.
    if (isProse && rest.length === 1)
      expect(root.commands.map((command) => command.name())).toContain(rest[0]);
    else await root.parseAsync(rest, { from: 'user' });
  },
);

it.each(said.filter(({ words }) => words[0] === 'npm'))(
  '$where: "$command" is there',
  ({ words }) => {
    const [, verb = '', script = ''] = words;
    if (verb === 'run') expect(Object.keys(manifest.scripts)).toContain(script);
    else expect(NPM).toContain(verb);
  },
);

const programs = said.filter(({ words }) => words[0] === 'node' && words[1]?.endsWith('.ts'));

it.each(programs)('$where: "$command" is there', ({ words: [, path = ''] }) => {
  expect(existsSync(join(ROOT, path))).toBe(true);
});

it('the README of the command lists each of its commands', () => {
  const { text } = page('apps/cli/README.md');
  const listed = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  const there = commandLine().commands.map((command) => command.name());
  expect(listed.sort()).toEqual(there.sort());
});

it('commands were found at all', () => {
  expect(inBlocks.length).toBeGreaterThan(20);
  expect(inProse.length).toBeGreaterThan(10);
});
