import { formsOf, SHORTEST } from './secret-forms.ts';
import { withoutPieces } from './secret-pieces.ts';

const SECRET_NAME = /pass|pwd|secret|salt|token|key|credential|connectionstring|webhook|^slack$/i;
/** What only says where a secret is. */
const PLACE_NAME = /(file|path|name|id)$/i;
const INSTEAD = '[redacted]';

/** Takes the secrets that it knows out of texts. */
export class Redactor {
  readonly #secrets = new Set<string>();
  #ordered: readonly string[] = [];

  /** From now on this text is not shown, in none of the forms in which it may come back. */
  know(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    const forms = [...this.#secrets].flatMap(formsOf);
    // A secret may be a part of another one.
    this.#ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  /** The password of a URL, where it has one. */
  knowUrl(text: string | undefined): void {
    if (text === undefined || !URL.canParse(text)) return;
    const { password } = new URL(text);
    this.know(password);
    this.know(decoded(password));
  }

  /** Everything in a part of a config, or in an environment, that its name makes a secret. */
  knowConfig(value: unknown, name = ''): void {
    if (typeof value === 'string') {
      this.knowUrl(value);
      if (!isSecretName(name)) return;
      this.know(value);
      for (const [, key = '', part] of value.matchAll(/([^;=]+)=([^;]*)/g))
        if (SECRET_NAME.test(key)) this.know(part);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, part] of Object.entries(value)) this.knowConfig(part, key);
    }
  }

  /** The text without secrets, and without pieces of them where it was cut off. */
  readonly clean = (text: string): string => {
    let clean = text;
    for (const form of this.#ordered)
      if (clean.includes(form)) clean = clean.replaceAll(form, INSTEAD);
    return withoutPieces(clean, this.#ordered, INSTEAD);
  };
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !PLACE_NAME.test(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
