import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { Environment } from '../../console.ts';
import { CliError } from '../../exit.ts';
import type { Queue, QueueMessage } from './queue.ts';

/** As many as SQS gives at once, and as long as it waits. */
const MOST = 10;
const WAIT_SECONDS = 20;
const PACKAGE = '@aws-sdk/client-sqs';

/** Which queue. */
export interface SqsPlace {
  readonly url: string;
  readonly region: string | undefined;
}

/**
 * Opens a queue by the SDK that is installed beside tdp-sync, which is loaded only here: it takes a tenth of a second. Whoever runs
 * tdp-sync is found as the SDK finds it: by variables, of `.env` too, a profile, or the role of the machine or the pod.
 *
 * @throws CliError when there is no SDK.
 */
export async function openSqs({ url, region }: SqsPlace, environment: Environment): Promise<Queue> {
  const sdk = await loadSdk();
  adopt(environment);
  const where = region ?? regionOf(url) ?? environment['AWS_REGION'];
  const client = new sdk.SQSClient(where === undefined ? {} : { region: where });
  return {
    receive: (signal) => receive(client, new sdk.ReceiveMessageCommand(asked(url)), signal),
    delete: async (messages) => {
      const Entries = messages.map(({ handle }, at) => ({ Id: String(at), ReceiptHandle: handle }));
      const { Failed = [] } = await client.send(
        new sdk.DeleteMessageBatchCommand({ QueueUrl: url, Entries }),
      );
      const [first] = Failed;
      if (first !== undefined)
        throw new Error(`${Failed.length} messages could not be deleted: ${first.Code}`);
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

type Sdk = typeof import('@aws-sdk/client-sqs');

async function loadSdk(): Promise<Sdk> {
  try {
    return await import(PACKAGE);
  } catch (cause) {
    throw new CliError(
      `serve.events.queue needs a package that is not installed. Run: npm install ${PACKAGE}`,
      undefined,
      cause,
    );
  }
}

function asked(url: string): ConstructorParameters<Sdk['ReceiveMessageCommand']>[0] {
  return { QueueUrl: url, MaxNumberOfMessages: MOST, WaitTimeSeconds: WAIT_SECONDS };
}

async function receive(
  client: SQSClient,
  command: InstanceType<Sdk['ReceiveMessageCommand']>,
  abortSignal: AbortSignal,
): Promise<readonly QueueMessage[]> {
  const { Messages = [] } = await client.send(command, { abortSignal });
  return Messages.flatMap(messageOf);
}

/** One without a handle can neither be taken nor deleted. */
function messageOf({ Body: body = '', ReceiptHandle: handle }: Message): readonly QueueMessage[] {
  return handle === undefined ? [] : [{ body, handle }];
}

/** The region in the address of a queue: `sqs.eu-central-1.amazonaws.com`. */
function regionOf(url: string): string | undefined {
  return /^sqs[.-](?:fips\.)?([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(new URL(url).hostname)?.[1];
}

/** The SDK looks at the process's environment only, which does not have what stands in a `.env` file. */
function adopt(environment: Environment): void {
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('AWS_') && value !== undefined) process.env[name] ??= value;
}
