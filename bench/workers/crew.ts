import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../apps/cli/bin/tdp-sync.js', import.meta.url));

/** One process of a crew. */
export interface Member {
  /** What its config file says. */
  readonly config: object;
  /** Of `tdp-sync run`. */
  readonly args: readonly string[];
}

/** What a crew took. */
export interface CrewTook {
  /** From the first command that starts to the last one that ends. */
  readonly durationMs: number;
  /** CPU time of all of them. */
  readonly cpuUs: number;
}

/** The arguments by which so many workers share a backlog. */
export function shares(workers: number, sliceFiles: number): readonly (readonly string[])[] {
  return Array.from({ length: workers }, (_, index) => [
    ...['--slice', `${index}/${workers}`, '--slice-files', `${sliceFiles}`],
  ]);
}

/** Lets processes of `tdp-sync run` work side by side. */
export async function crew(members: readonly Member[]): Promise<CrewTook> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
  try {
    const commands = await Promise.all(
      members.map(async ({ config, args }, index) => {
        const file = join(folder, `${index}.yaml`);
        // JSON is YAML, too.
        await writeFile(file, JSON.stringify(config));
        return ['run', '--config', file, ...args];
      }),
    );
    const startedMs = performance.now();
    const cpu = await Promise.all(commands.map(cpuOf));
    const durationMs = performance.now() - startedMs;
    return { durationMs, cpuUs: cpu.reduce((sum, one) => sum + one) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the command and gives its CPU time in microseconds, which it writes on its way out. */
async function cpuOf(args: readonly string[]): Promise<number> {
  const hook =
    'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.send?.(user+system)})';
  const child = spawn(process.execPath, ['--import', hook, COMMAND, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let cpuUs = 0;
  child.on('message', (value) => {
    cpuUs = Number(value);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`"tdp-sync ${args.join(' ')}" ended with ${code}.`);
  return cpuUs;
}
