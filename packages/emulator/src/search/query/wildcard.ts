/** A test for whole texts that look like a pattern of `*` and `?`. */
export function wildcardTest(pattern: string): (text: string) => boolean {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    let char = pattern.charAt(index);
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else {
      if (char === '\\' && index + 1 < pattern.length) char = pattern.charAt(++index);
      source += char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    }
  }
  const expression = new RegExp(`^${source}$`, 'su');
  return (text) => expression.test(text);
}

/** Small letters for the capital ones of ASCII: what `case_insensitive` knows. */
export function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A test for names of indices, in which `*` alone stands for others. */
export function indexTest(pattern: string): (index: string) => boolean {
  return wildcardTest(pattern.replaceAll(/[?\\]/g, '\\$&'));
}
