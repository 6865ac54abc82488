import { type Clock, systemClock } from '../../clock.ts';
import type { Redact } from '../../errors.ts';
import { jsonText } from '../document.ts';
import type { Transform } from '../transform.ts';
import { describedBy, extractOf, type UserTransformOptions } from './extract.ts';
import { Fault, failureOf } from './fault.ts';
import { Workshop } from './workshop.ts';

/** Options of {@link isolatedTransform}. */
export interface IsolatedTransformOptions extends UserTransformOptions {
  /** The module's text. It is what runs, though the file at `url` may change meanwhile; what it imports is looked for from there. */
  readonly source: string;
  /** How long one file may take, and loading the module, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  /** Told of each line that the module prints, and of what it throws when nobody waits for it. */
  readonly onOutput?: (line: string) => void;
  /** Takes secrets out of what the module throws. Default: takes out nothing. */
  readonly redact?: Redact;
  readonly clock?: Clock;
}

/** Of what somebody else's code throws so much is kept. */
const LONGEST_REASON = 500;

/**
 * Rows by a function of the user's that runs in a process of its own, one file after the other. Whatever it does to a file, be it
 * an endless loop or an exit, that file fails and the others go on. Dispose it to end the process.
 *
 * @throws TransformModuleError when the module cannot be loaded, or its tables are not in order.
 */
export async function isolatedTransform(
  options: IsolatedTransformOptions,
): Promise<Transform & AsyncDisposable> {
  const { url, source, timeoutMs = 60_000, clock = systemClock } = options;
  const { redact = (text: string) => text, onOutput = () => undefined } = options;
  const workshop = new Workshop({ url, source, timeoutMs, clock, onOutput });
  const tables = await workshop.open();
  return {
    ...describedBy(tables, options),
    extract: async (file, content, signal) => {
      try {
        const rows = await workshop.rows(file, content, signal);
        return extractOf(tables, rows, options, () => jsonText(file, content));
      } catch (error) {
        throw error instanceof Fault ? failureOf(file, told(error, redact)) : error;
      }
    },
    [Symbol.asyncDispose]: () => workshop[Symbol.asyncDispose](),
  };
}

/** Half a secret would be found by nobody, so they are taken out before it is cut. */
function told({ reason, place }: Fault, redact: Redact): Fault {
  const clean = redact(reason);
  return new Fault(
    clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON)}…` : clean,
    place,
  );
}
