import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Found, venvWith } from '../python/venv.ts';

/** What AWS's SDK finds, in tests and in tdp-sync alike. */
export const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-access-key-of-the-tests',
  AWS_REGION: 'eu-central-1',
} as const;

/** The same for a client. */
export const CLIENT = {
  region: AWS.AWS_REGION,
  credentials: {
    accessKeyId: AWS.AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS.AWS_SECRET_ACCESS_KEY,
  },
} as const;

/** Moto (https://pypi.org/project/moto), which speaks the protocols of SQS and S3. */
export function findMoto(): Promise<Found> {
  return venvWith({ name: 'moto-5.2.1', packages: ['moto[server]==5.2.1'] });
}

/** A server of this machine. */
export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts a server. */
export async function startMoto(python: string): Promise<Moto> {
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(server, 'close');
  return {
    endpoint: await addressOf(server.stderr),
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL');
      await closed;
    },
  };
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address === undefined) continue;
    // Nobody reads on; what it says from here on is let go.
    output.resume();
    return address;
  }
  throw new Error('moto has ended');
}
