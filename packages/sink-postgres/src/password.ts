import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { SinkError } from '@tdp-sync/sink';
import type { PostgresConfig } from './config.ts';

/** Who logs in where: what a line of `~/.pgpass` is found by. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

type PgPass = (login: Login, found: (password: string | undefined) => void) => void;
const run = promisify(execFile);
/** How long a program may take to give a password. */
const COMMAND_MS = 60_000;

/**
 * How a connection gets its password: asked for each, so that one that is changed, or a token that expires, is read anew. Nothing
 * where none is found: the server may ask for none.
 */
export function passwordOf(
  config: PostgresConfig,
  given: string | undefined,
  login: Login,
  baseDir: string,
): () => Promise<string> {
  const { passwordFile, passwordCommand } = config;
  return async () => {
    if (given !== undefined) return given;
    if (passwordFile !== undefined) return await fromFile(resolve(baseDir, passwordFile));
    if (passwordCommand !== undefined) return await fromCommand(passwordCommand, baseDir);
    // libpq's order: the variable goes before the file.
    return process.env['PGPASSWORD'] ?? (await fromPgPass(login)) ?? '';
  };
}

async function fromFile(path: string): Promise<string> {
  try {
    return withoutLineEnd(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new SinkError('SINK_PERMISSION', `The file of passwordFile cannot be read: ${path}.`, {
      cause,
    });
  }
}

async function fromCommand(command: readonly string[], baseDir: string): Promise<string> {
  const [program = '', ...parameters] = command;
  try {
    const { stdout } = await run(program, parameters, { cwd: baseDir, timeout: COMMAND_MS });
    return withoutLineEnd(stdout);
  } catch {
    // Neither its words nor its parameters: either may hold a secret.
    throw new SinkError(
      'SINK_PERMISSION',
      `The program of passwordCommand, ${program}, gave no password: it is not there, failed, or took more than a minute.`,
    );
  }
}

async function fromPgPass(login: Login): Promise<string | undefined> {
  const pgPass: PgPass = createRequire(import.meta.url)('pgpass');
  return await new Promise((found) => pgPass(login, found));
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
