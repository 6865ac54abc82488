/** Ideographs and Hiragana are words one by one. */
const SINGLE = /^[\p{Script=Han}\p{Script=Hiragana}]/u;
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}])[\p{L}\p{N}\p{M}_])+(?:(?:(?<=\p{L})['’.:·](?=\p{L})|(?<=\p{N})[.,;'](?=\p{N}))(?:(?![\p{Script=Han}\p{Script=Hiragana}])[\p{L}\p{N}\p{M}_])+)*/gu;

/**
 * The words of a text as the standard analyzer cuts them: runs of letters and digits, in lower case.
 * A dot, colon or apostrophe between letters, and a dot or comma between digits, joins; an underscore is a letter.
 */
export function analyze(text: string): string[] {
  const words = text.match(WORD) ?? [];
  return words.map((word) => (SINGLE.test(word) ? word : word.toLowerCase()));
}

/** Whether the words come one after the other. */
export function hasPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false;
  for (let start = 0; start + phrase.length <= words.length; start++) {
    if (phrase.every((word, index) => words[start + index] === word)) return true;
  }
  return false;
}
