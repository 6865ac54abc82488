/** A shorter piece may be chance. */
const LEAST = 8;
/** What stands where somebody has cut a text: dots, the end of it, the end of a text within JSON. */
const CUT_AFTER = /^(?:["'\\)\]}]{0,3}\s*(?:…|\.{3}|$)|\\?"\s*[,}\]])/;
const CUT_BEFORE = /(?:…|\.{3}|^)\s*["'\\([{]{0,3}$/;

const NEAR = 32;

/** A text without the pieces of these forms that are left where it was cut: before it came here, nobody can say where. */
export function withoutPieces(text: string, forms: readonly string[], instead: string): string {
  let clean = text;
  for (const form of forms)
    if (form.length > LEAST) clean = withoutTail(withoutHead(clean, form, instead), form, instead);
  return clean;
}

/** Without the beginning of the form, where the text breaks off within it. */
function withoutHead(text: string, form: string, instead: string): string {
  const head = form.slice(0, LEAST);
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, at + 1)) {
    let length = LEAST;
    while (length < form.length && text[at + length] === form[length]) length += 1;
    const rest = text.slice(at + length);
    if (CUT_AFTER.test(rest)) return text.slice(0, at) + instead + rest;
  }
  return text;
}

/** Without the end of the form, where the text begins within it. */
function withoutTail(text: string, form: string, instead: string): string {
  const tail = form.slice(-LEAST);
  for (let at = text.indexOf(tail); at !== -1; at = text.indexOf(tail, at + 1)) {
    let length = LEAST;
    while (length < form.length && text[at - 1 - (length - LEAST)] === form.at(-1 - length))
      length += 1;
    const start = at + LEAST - length;
    if (CUT_BEFORE.test(endOf(text, start)))
      return text.slice(0, start) + instead + text.slice(at + LEAST);
  }
  return text;
}

/** What stands right before this place; all of it only near the beginning. */
function endOf(text: string, place: number): string {
  return place <= NEAR ? text.slice(0, place) : `-${text.slice(place - NEAR, place)}`;
}
