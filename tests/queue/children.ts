import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A replica in a process of its own. */
export interface Child extends AsyncDisposable {
  /** Waits until it has said this. */
  says(line: string): Promise<void>;
  /** Tells it to end its task, or to leave. */
  tell(what: 'done' | 'leave'): void;
  signal(signal: NodeJS.Signals): void;
  /** Waits until its process has ended by itself. */
  ended(): Promise<void>;
}

/** Starts a replica. */
export function child(url: string, schema: string, replica: string): Child {
  const script = fileURLToPath(new URL('child.ts', import.meta.url));
  const env = { ...process.env, URL: url, SCHEMA: schema, REPLICA: replica };
  const started = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  const said = new Set<string>();
  const lines = createInterface({ input: started.stdout });
  lines.on('line', (line) => {
    said.add(line);
    lines.emit('said');
  });
  return {
    says: async (line) => {
      while (!said.has(line)) await once(lines, 'said');
    },
    tell: (what) => started.stdin.write(`${what}\n`),
    signal: (signal) => started.kill(signal),
    ended: async () => {
      if (isRunning(started)) await once(started, 'exit');
    },
    [Symbol.asyncDispose]: async () => {
      if (!isRunning(started)) return;
      const gone = once(started, 'exit');
      started.kill('SIGKILL');
      await gone;
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
