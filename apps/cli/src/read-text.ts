import { open } from 'node:fs/promises';

/** No config, `.env` or auth file comes near it; a longer one is another file, or would fill the memory. */
const MAX_BYTES = 1024 * 1024;

/** Why a text file cannot be read, as the end of a sentence. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText';
  /** Of the system's error, such as `ENOENT`; `undefined` where the file is there and is no text. */
  readonly code: string | undefined;

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.code = codeOf(cause);
  }
}

/**
 * The text of a file in UTF-8, or in UTF-16 as some editors and shells of Windows write it. Without its byte order mark.
 *
 * @throws UnreadableText
 */
export async function readText(file: string): Promise<string> {
  return (await readEncoded(file)).text;
}

/** A text file, and how it is encoded. */
export interface EncodedText {
  readonly text: string;
  readonly bytes: Buffer;
  /** Another text as the bytes of such a file: with its byte order mark, if it has one. */
  encode(text: string): Buffer;
}

/**
 * A text file that is to be written again.
 *
 * @throws UnreadableText
 */
export async function readEncoded(file: string): Promise<EncodedText> {
  const bytes = await readBytes(file);
  const [mark, encoding] = markOf(bytes);
  return {
    ...{ bytes, text: decoded(bytes) },
    encode: (text) => Buffer.concat([Buffer.from(mark), encoded(text, encoding)]),
  };
}

function encoded(text: string, encoding: string): Buffer {
  const bytes = Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

async function readBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    await using handle = await open(file);
    // One byte more than is wanted, so that a longer file shows.
    for await (const chunk of handle.createReadStream({ end: MAX_BYTES })) chunks.push(chunk);
  } catch (cause) {
    throw new UnreadableText(whyNot(cause), cause);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new UnreadableText('it has more than 1 MB, which no such file has');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EMFILE: 'this process may open no more files',
  ENFILE: 'this machine can open no more files',
};

function whyNot(cause: unknown): string {
  return REASONS[codeOf(cause) ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Byte order marks, the longer ones first: that of UTF-32 begins like one of UTF-16. */
const MARKS: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xff, 0xfe, 0, 0], ''],
  [[0, 0, 0xfe, 0xff], ''],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** What no text has: control characters but for tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\0-\x08\x0b\x0e-\x1f\x7f]/;

function markOf(bytes: Buffer): (typeof MARKS)[number] {
  return (
    MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [[], 'utf-8']
  );
}

function decoded(bytes: Buffer): string {
  const [, encoding] = markOf(bytes);
  if (encoding === '') throw new UnreadableText('it is in UTF-32; save it as UTF-8');
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableText(`${lineOf(bytes)} is no text in UTF-8; save the file as UTF-8`);
  }
  const broken = NO_TEXT.exec(text);
  if (broken === null) return text;
  const begin = text.slice(0, 1000);
  const isWide = begin.replaceAll('\0', '').length < 0.75 * begin.length;
  if (isWide)
    throw new UnreadableText(
      'it seems to be in UTF-16 without a byte order mark; save it as UTF-8',
    );
  const line = text.slice(0, broken.index).split('\n').length;
  throw new UnreadableText(`line ${line} has a control character, as no text has`);
}

/** The line up to which it is UTF-8. */
function lineOf(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes);
  const place = text.indexOf('\ufffd');
  return place === -1 ? 'it' : `line ${text.slice(0, place).split('\n').length}`;
}
