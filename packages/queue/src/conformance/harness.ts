import type { Queue } from '../queue.ts';

/** What the suite needs in order to try a queue. */
export interface QueueHarness {
  /** A service on a queue that nobody has used yet, whose tables are still to be made; disposed after one case. */
  fresh(): Promise<TestService>;
  /** The same, where replicas can be killed. Left out where they cannot; then the cases that need it are left out, too. */
  freshMortal?(): Promise<MortalService>;
  /** The same, where time can be let pass. Left out where it cannot; then the cases that would take many minutes are left out, too. */
  freshTimed?(): Promise<TimedService>;
}

/** A service, and the replicas that a case opens. */
export interface TestService extends AsyncDisposable {
  /** Opens the queue as a replica of this service. The suite disposes it. */
  open(replica: string): Promise<Queue>;
  /** Opens the same queue as a replica of another service, of this name. The suite disposes it. */
  openOther(service: string, replica: string): Promise<Queue>;
  /** What this service is called. */
  readonly name: string;
}

/** A service whose replicas can be killed. */
export interface MortalService extends TestService {
  /** The replica of this name dies without a word: from now on nothing of it reaches the queue, and it hears nothing. */
  kill(replica: string): Promise<void>;
  /** It was only asleep: it reaches the queue again, and believes what it has believed before. */
  wake(replica: string): Promise<void>;
}

/** A service that has a clock of its own. */
export interface TimedService extends TestService {
  /** Lets time pass by the queue's clock. */
  pass(ms: number): Promise<void>;
}

/** One obligation, tried. */
export interface QueueCase {
  /** The obligation in words; unique within the suite. */
  readonly name: string;
  /** Resolves when the obligation is kept, rejects with what was seen otherwise. */
  run(): Promise<void>;
}
