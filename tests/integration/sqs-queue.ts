import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CLIENT, startMoto } from './moto.ts';

/** A queue on a server of this machine. */
export interface SqsQueue extends AsyncDisposable {
  readonly url: string;
  send(body: string): Promise<void>;
  /** How many messages there are, those included that somebody has and has not deleted. */
  count(): Promise<number>;
}

/** Starts a server with one queue. */
export async function sqsQueue(python: string): Promise<SqsQueue> {
  const server = await startMoto(python);
  const client = new SQSClient({ endpoint: server.endpoint, ...CLIENT });
  const made = await client.send(new CreateQueueCommand({ QueueName: 'tdp-events' }));
  const url = made.QueueUrl ?? '';
  return {
    url,
    send: async (MessageBody) => {
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    },
    count: async () => {
      const names = [
        ...(['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const),
      ];
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }),
      );
      return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
