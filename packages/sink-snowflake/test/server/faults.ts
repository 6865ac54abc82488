/** What is to become of a statement: its answer is lost after it was carried out, or it is refused with a code of Snowflake's. */
export type Fault = 'lose answer' | { readonly code: string; readonly sqlState?: string };

/** One statement that the driver has sent. */
export interface Asked {
  readonly text: string;
  /** How often this request has come before. */
  readonly again: number;
}

/** A statement that is never answered. */
export interface Held {
  /** Asked for every statement until it is this one. */
  readonly is: (text: string) => boolean;
  /** Whether it is carried out. */
  readonly isDone?: boolean;
  /** Told when it has come, and is carried out if it is to be. */
  readonly reached: () => void;
}

/** What is to go wrong. */
export class Faults {
  /** Whether a request that comes again is answered as the first one was, and not carried out again. */
  remembersRequests = false;
  /** Asked for every request with a statement. */
  onStatement: (asked: Asked) => Fault | undefined = () => undefined;
  /** Done before a request with a statement is carried out. */
  before: (text: string) => Promise<void> = async () => undefined;
  /** Which statement, of a block as well, is never answered, as if its sender had died. */
  held: Held | undefined;
  /** Asked for every file that is sent to a stage: an HTTP status refuses it. */
  onUpload: () => number | undefined = () => undefined;

  /** Back to no faults. */
  mend(): void {
    this.onStatement = () => undefined;
    this.onUpload = () => undefined;
    this.before = async () => undefined;
    this.held = undefined;
    this.remembersRequests = false;
  }
}
