/** Fewer characters are no secret, and would be found in every other word. */
export const SHORTEST = 6;

/** The forms in which a secret comes back: as it is, within JSON, a URL, HTML, and anywhere within a text in base64. */
export function formsOf(secret: string): readonly string[] {
  const plain = secret.toWellFormed();
  const forms = [secret, ...inJson(secret), ...inUrl(plain), ...inHtml(plain), ...inBase64(plain)];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/** JSON, JSON within JSON, and JSON that is made to stand within HTML. */
function inJson(secret: string): readonly string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  const unicode = (sign: string): string => `\\u00${sign.charCodeAt(0).toString(16)}`;
  return [
    once,
    JSON.stringify(once).slice(1, -1),
    once.replaceAll('/', '\\/'),
    once.replace(/[<>&'+=]/g, unicode),
  ];
}

/** As browsers and servers encode a part of a URL, a path, and a field of a form; with digits of either case. */
function inUrl(secret: string): readonly string[] {
  const part = encodeURIComponent(secret);
  const strict = part.replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const upper = [part, strict, strict.replaceAll('%20', '+'), encodeURI(secret)];
  const lower = upper.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...upper, ...lower];
}

function inHtml(secret: string): readonly string[] {
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    html.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
    html,
  ];
}

/**
 * Base64 spreads three bytes over four characters, so a secret within a longer text, such as `user:password` of basic
 * authentication, has one of three forms. Characters that also depend on what stands beside it are not part of it.
 */
function inBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const length = before + bytes.length;
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const form = whole.slice(Math.ceil((before * 8) / 6), Math.floor((length * 8) / 6));
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
