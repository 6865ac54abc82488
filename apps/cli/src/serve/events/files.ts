/** What an event says. */
export type EventFiles =
  /** These files, by their fileIds; none where it names no file in a way that is known: then it says only that something has happened. */
  { readonly fileIds: readonly string[] } | 'malformed';

/** `fileId`, `file_id`, `rawFileId`, `outputFileIds`: whatever ends so. */
const NAMES_FILES = /file_?ids?$/i;
/** Of what is no fileId, TDP would be asked in vain. */
const FILE_ID = /^[\w.:-]{1,128}$/;
/** Under these names services put a whole event as a text into another: SNS and SQS within EventBridge, pipes. */
const HOLDS_EVENT = /^(?:message|body|detail|data|payload)$/i;
const DEEPEST = 24;
const MOST_NODES = 20_000;
const MOST_FILES = 1000;

/**
 * The files of an event, or of a list of them, in whichever form it comes: TetraScience does not publish what its file events hold, and
 * EventBridge, SNS and pipes wrap them. A fileId that means something else brings in a file that TDP has anyway, or none.
 */
export function filesOf(text: string): EventFiles {
  const event = parsed(text);
  if (event === undefined) return 'malformed';
  const found = new Set<string>();
  let left = MOST_NODES;
  const take = (value: unknown): void => {
    if (typeof value === 'string' && FILE_ID.test(value) && found.size < MOST_FILES)
      found.add(value);
  };
  const walk = (value: unknown, depth: number): void => {
    left -= 1;
    if (typeof value !== 'object' || value === null || depth > DEEPEST || left < 0) return;
    for (const [name, part] of Object.entries(value)) {
      if (NAMES_FILES.test(name)) for (const one of [part].flat()) take(one);
      walk(HOLDS_EVENT.test(name) ? (parsed(part) ?? part) : part, depth + 1);
    }
  };
  walk(event, 0);
  return { fileIds: [...found] };
}

/** What a text holds, if it is JSON and holds more than one value. */
function parsed(text: unknown): object | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
