import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Found, venvWith } from '../python/venv.ts';

/** What the SDK finds, in tests and in tdp-sync alike. */
export const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-access-key-of-the-tests',
  AWS_REGION: 'eu-central-1',
} as const;

/** Moto (https://pypi.org/project/moto), which speaks SQS's protocol. */
export function findMoto(): Promise<Found> {
  return venvWith({ name: 'moto-5.2.1', packages: ['moto[server]==5.2.1'] });
}

/** A queue on a server of this machine. */
export interface SqsQueue extends AsyncDisposable {
  readonly url: string;
  send(body: string): Promise<void>;
  /** How many messages there are, those included that somebody has and has not deleted. */
  count(): Promise<number>;
}

/** Starts a server with one queue. */
export async function sqsQueue(python: string): Promise<SqsQueue> {
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endpoint = await addressOf(server.stderr);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = AWS;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new SQSClient({ endpoint, region: AWS.AWS_REGION, credentials });
  const made = await client.send(new CreateQueueCommand({ QueueName: 'tdp-events' }));
  const url = made.QueueUrl ?? '';
  return {
    url,
    send: async (MessageBody) => {
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    },
    count: async () => {
      const names = [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
      ] as const;
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
      );
      return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      const closed = once(server, 'close');
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
  throw new Error('the server of SQS has ended');
}
