import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** How a command ended, and all that it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/**
 * The environment of somebody who has this Node and no tdp-sync: no command of this workspace is on the path,
 * and npm is told nothing of the run that it is part of.
 */
export function strangersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_/i.test(name) || /^npm_config_(registry|cache|userconfig)$/i.test(name),
  );
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const foreign = path.filter((folder) => !folder.includes('node_modules'));
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(process.execPath), ...foreign].join(delimiter),
  };
}

/** Runs a line of shell, as a reader of the docs would. */
export async function shell(line: string, cwd: string): Promise<Outcome> {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: strangersEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** As {@link shell}, and throws with all that was written unless it ends well. */
export async function succeed(line: string, cwd: string): Promise<string> {
  const { code, output } = await shell(line, cwd);
  if (code === 0) return output;
  throw new Error(`${line}\nended with ${code}:\n${output}`);
}
