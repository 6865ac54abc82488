import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../src/secrets.ts';

function knowing(...secrets: readonly string[]): (text: string) => string {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.know(secret);
  return redactor.clean;
}

const TOKEN = 'q7Zp-4711+opaque/token=="of the lab"&more';
const BYTES = Buffer.from(TOKEN);

describe('a known secret is not shown', () => {
  it.each([
    ['as it is', TOKEN],
    ['in JSON', JSON.stringify(TOKEN)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(TOKEN))],
    ['in JSON that escapes slashes', JSON.stringify(TOKEN).replaceAll('/', '\\/')],
    [
      'in JSON for HTML',
      JSON.stringify(TOKEN).replace(/[&+=]/g, (s) => `\\u00${s.charCodeAt(0).toString(16)}`),
    ],
    ['in a URL', encodeURIComponent(TOKEN)],
    [
      'in a URL, digits in lower case',
      encodeURIComponent(TOKEN).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ['in a field of a form', new URLSearchParams({ token: TOKEN }).toString()],
    ['in a path', encodeURI(TOKEN)],
    ['in HTML', TOKEN.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['in base64', BYTES.toString('base64')],
    ['in base64 of a URL', BYTES.toString('base64url')],
    ['in basic authentication', Buffer.from(`user:${TOKEN}`).toString('base64')],
    ['in base64, one character on', Buffer.from(`u:${TOKEN}:more`).toString('base64')],
    ['in base64, two characters on', Buffer.from(`us:${TOKEN}`).toString('base64url')],
  ])('%s', (_how, form) => {
    const clean = knowing(TOKEN)(`TDP says: ${form} is wrong`);
    expect(clean).toContain('[redacted]');
    for (const part of ['q7Zp', '4711', 'opaque', form.slice(8, 24), form.slice(-24, -8)])
      expect(clean).not.toContain(part);
  });

  it('whatever it is, and whatever stands around it', () => {
    const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 });
    const encoders: readonly ((text: string) => string)[] = [
      (text) => text,
      JSON.stringify,
      encodeURIComponent,
      (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
    ];
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 9 }), (secret, around) => {
        fc.pre(secret.isWellFormed() && secret.length >= 6 && !'[redacted]'.includes(secret));
        for (const encode of encoders) {
          const clean = knowing(secret)(`${around} ${encode(secret)} ${around}`);
          expect(clean).toContain('[redacted]');
        }
      }),
    );
  });

  it('in base64 of a URL, where that differs', () => {
    const form = Buffer.from('???>>>~~~ÿÿÿ').toString('base64url');
    expect(form).toContain('_');
    expect(knowing('???>>>~~~ÿÿÿ')(form)).toBe('[redacted]');
  });

  it('and is not a part of another one that is left', () => {
    expect(knowing('secret-one', 'secret-one-and-two')('a secret-one-and-two b')).toBe(
      'a [redacted] b',
    );
  });
});

describe('a piece of a known secret', () => {
  const clean = knowing('q7Zp4711opaquetokenofthelab');
  it.each([
    ['at the end', 'wrong token q7Zp4711opa', 'wrong token [redacted]'],
    ['before dots', 'wrong token q7Zp4711opa... try again', 'wrong token [redacted]... try again'],
    ['before an ellipsis', '"q7Zp4711o…" is wrong', '"[redacted]…" is wrong'],
    ['at the end of a text in JSON', '{"m":"q7Zp4711o","n":1}', '{"m":"[redacted]","n":1}'],
    ['at the beginning', 'tokenofthelab is wrong', '[redacted] is wrong'],
    ['behind dots', 'wrong: ..."okenofthelab"', 'wrong: ..."[redacted]"'],
  ])('%s is not shown', (_where, text, shown) => expect(clean(text)).toBe(shown));

  it.each([
    'q7Zp4711 is a word of its own here',
    'seven of it: q7Zp471',
    'of its middle: 4711opaquetokenof',
    'long ago and far away a thing ended, ofthelab as they said',
    `far behind other words${' '.repeat(40)}tokenofthelab`,
  ])('"%s" stays: it is none, or says too little', (text) => expect(clean(text)).toBe(text));
});

it('knows secrets of a config by their names, and passwords in addresses', () => {
  const redactor = new Redactor();
  redactor.knowConfig({
    sink: { password: 'sink-pass-1', keyFile: './key-file.json', host: 'db.example' },
    connectionString: 'Server=tcp:db;User Id=sa;Password=in-the-string',
    proxy: 'http://user:p%40ss-word@proxy.example',
  });
  const { clean } = redactor;
  expect(clean('sink-pass-1 in-the-string p@ss-word p%40ss-word')).toBe(
    '[redacted] [redacted] [redacted] [redacted]',
  );
  expect(clean('./key-file.json on db.example')).toBe('./key-file.json on db.example');
  expect(clean(Buffer.from('user:p@ss-word').toString('base64'))).toMatch(/^dXNlcj.?\[redacted]/);
});

it('takes addresses of webhooks for secrets, since whoever has one may post to it', () => {
  const redactor = new Redactor();
  const [webhook, slack] = ['https://hooks.example/a/b3cret', 'https://hooks.slack.com/T0/s3cret'];
  redactor.knowConfig({ notify: { webhook, slack, page: 'https://lab.example' } }, 'serve');
  expect(redactor.clean(`to ${webhook}, ${slack}, https://lab.example`)).toBe(
    'to [redacted], [redacted], https://lab.example',
  );
});
