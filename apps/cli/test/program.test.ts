import { PassThrough } from 'node:stream';
import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { openConsole } from '../src/console.ts';
import { program } from '../src/program.ts';
import { Redactor } from '../src/secrets.ts';

/** What a command line makes of these words: the options of its command, or what it says. */
async function understood(...words: string[]): Promise<{ config?: unknown; said: string }> {
  const stream = new PassThrough();
  const console = openConsole({
    ...{ out: stream, err: stream, isTerminal: false, environment: {} },
    redactor: new Redactor(),
  });
  const root = program({ console, signal: new AbortController().signal, onExit: () => undefined });
  let config: unknown;
  for (const command of root.commands)
    command.action(() => {
      config = command.opts()['config'];
    });
  try {
    await root.parseAsync(words, { from: 'user' });
  } catch (error) {
    expect(error).toBeInstanceOf(CommanderError);
  }
  return { config, said: String(stream.read() ?? '') };
}

it.each([
  [['--config', 'a.yaml', 'run'], 'a.yaml'],
  [['-c', 'a.yaml', 'run', '-s', 'lab'], 'a.yaml'],
  [['run', '--config', 'a.yaml'], 'a.yaml'],
  [['-c', 'a.yaml', 'run', '-c', 'b.yaml'], 'b.yaml'],
  [['run'], 'tdp-sync.yaml'],
])('%j reads %s', async (words, file) => {
  expect(await understood(...words)).toMatchObject({ config: file, said: '' });
});

it('no command takes a config in silence that it does not read', async () => {
  const { said } = await understood('-c', 'a.yaml', 'schema');
  expect(said).toContain('"schema" takes no --config');
});

it.each([
  [['run', '--full-refresh'], 'Here it is "tdp-sync reset <sync> --yes", then "tdp-sync run".'],
  [['run', '--select', 'lab'], 'Here it is "-s <sync>".'],
  [['run', '--select=lab'], 'Here it is "-s <sync>".'],
  [['run', '--dry-run'], 'Here it is "tdp-sync preview".'],
  [['backfill'], 'Here it is "tdp-sync run --from <date> --to <date>".'],
])('%j is a word of another tool', async (words, hint) => {
  const { said } = await understood(...words);
  expect(said.split('\n')[1]).toBe(hint);
});

it('says nothing of a word that nobody uses', async () => {
  expect((await understood('run', '--frobnicate')).said).not.toContain('Here it is');
});

it('each hint names commands and options that there are', async () => {
  const { hints } = await import('../src/other-words.ts');
  const commands = hints.flatMap((hint) => [...hint.matchAll(/"tdp-sync (\w+)/g)]);
  expect(commands.length).toBeGreaterThan(20);
  for (const [, name = ''] of commands) {
    const { said } = await understood(name, '--help');
    expect(said).toContain(`tdp-sync ${name}`);
  }
});
