import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured } from './process.ts';

/** Names the Python that has what the peers need. */
export const PYTHON_VARIABLE = 'TDP_SYNC_BENCH_PYTHON';

const execute = promisify(execFile);

/** The Python to use. */
function python(): string {
  const named = process.env[PYTHON_VARIABLE] ?? '';
  return named === '' ? 'python3' : named;
}

/** Why a program that imports `module` cannot be run, or `undefined` when it can. `install`: what pip is to install. */
export async function whyNoPython(module: string, install: string): Promise<string | undefined> {
  try {
    await execute(python(), ['-c', `import ${module}`]);
    return undefined;
  } catch {
    return `${python()} cannot import ${module}: pip install '${install}', or name a Python that has it in ${PYTHON_VARIABLE}`;
  }
}

/** Runs a case written in Python, which ends by printing what it measured. */
export async function runPython(script: string, input: object): Promise<Measured> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // Bytecode beside the script would be left in the repository.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await execute(python(), [path, JSON.stringify(input)], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}
