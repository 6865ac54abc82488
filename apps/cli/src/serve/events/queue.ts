/** One message of a queue. */
export interface QueueMessage {
  readonly body: string;
  /** By which it is deleted. */
  readonly handle: string;
}

/** A queue as its reader sees it. */
export interface Queue extends Disposable {
  /** Waits for messages, and gives none when none came within some twenty seconds. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** @throws when one of them could not be deleted: it comes again. */
  delete(messages: readonly QueueMessage[]): Promise<void>;
}
