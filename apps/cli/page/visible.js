/**
 * What a screen hides or obeys in place of showing it: control characters, and characters that only steer how others are
 * shown, such as those that turn a text around. `src/visible.ts` does the same for terminals; here line breaks and tabs stay,
 * which HTML shows as blanks.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text in which whatever would not be seen as itself is written out: `\u{202e}`.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(UNSEEN, (unseen) =>
    unseen === '\n' || unseen === '\t' ? unseen : `\\u{${unseen.codePointAt(0)?.toString(16)}}`,
  );
}
