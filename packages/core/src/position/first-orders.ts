/** Orders as they were before there were epochs: no epoch in front, a count of comebacks before the rank. */
const FIRST_SHAPE =
  /^([\da-z]{9}~[\da-z]{9}~[!-~]{36}~[\da-z]{3})[\da-z]{2}([\da-z]{6}~[\da-z]{7}~[\da-f]{10})~([\da-z]{3}~[!-~]{0,36})$/;

/** An order of that form in the present one, in its first epoch; `undefined` for any other text. */
export function upgradedOrder(text: string): string | undefined {
  const parts = FIRST_SHAPE.exec(text);
  return parts === null ? undefined : `100${parts[1]}${parts[2]}${parts[3]}`;
}
