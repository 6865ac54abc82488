import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SWITCHES, parseSwitches } from '../src/index.ts';

describe('the README', () => {
  it('lists every switch with its default', async () => {
    const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const section = text.slice(text.indexOf('### Switches'), text.indexOf('### Faults'));
    const rows = [...section.matchAll(/^\| `(\w+)` +\| `([^`]+)` +\|/gm)];
    expect(rows.map(([, name, value]) => [name, value])).toEqual(
      Object.entries(DEFAULT_SWITCHES).map(([name, value]) => [name, String(value)]),
    );
  });
});

describe('switches on a command line', () => {
  it('are read by the type of their default', () => {
    expect(parseSwitches(['retrieveDeleted=410', 'docType=false', 'presignedKey=a=b'])).toEqual({
      retrieveDeleted: 410,
      docType: false,
      presignedKey: 'a=b',
    });
  });

  it.each([
    ['totalHits=maybe', "switch totalHits takes integer or object, not 'maybe'"],
    ['totalHits', "switch totalHits takes integer or object, not ''"],
    ['directGzip=no', "switch directGzip takes decoded, gzip or gzip-no-header, not 'no'"],
    ['retrieveDeleted=500', "switch retrieveDeleted takes 200, 403, 404 or 410, not '500'"],
    ['pageTooLargeStatus=4e2', "switch pageTooLargeStatus takes 400, 413 or 502, not '4e2'"],
    ['docType=yes', "switch docType takes true or false, not 'yes'"],
    ['shortPages=2', "switch shortPages takes a share from 0 to 1, not '2'"],
    ['maxPageSize=-1', "switch maxPageSize takes a whole number, not '-1'"],
    ['visibilityDelayMs=x', "switch visibilityDelayMs takes a whole number, not 'x'"],
    ['clockSkewMs=1s', "switch clockSkewMs takes a whole number, below 0 too, not '1s'"],
    ['clockSkewMs=-5', undefined],
    ['totalhits=object', "there is no switch 'totalhits'"],
    ['presignedKey=', "switch presignedKey takes a text, not ''"],
  ])('%s', (pair, message) => {
    const read = (): unknown => parseSwitches([pair]);
    if (message === undefined) expect(read).not.toThrow();
    else expect(read).toThrow(new Error(message));
  });

  it('take every value that the README names', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const named = {
      showOutdated: ['hide', 'flag'],
      supersededVanishes: ['with-new', 'at-once'],
      softDeleted: ['remove', 'flag'],
      directGzip: ['decoded', 'gzip', 'gzip-no-header'],
      totalHits: ['integer', 'object'],
      pageTooLargeStatus: ['400', '413', '502'],
      presignedParameter: ['getPresigned', 'preSigned', 'none'],
      shards: ['by-index', 'one'],
      searchErrors: ['tdp', 'elasticsearch'],
    };
    for (const [name, values] of Object.entries(named)) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      for (const value of values) {
        expect(row).toContain(value);
        expect(String(Object.values(parseSwitches([`${name}=${value}`]))[0])).toBe(value);
      }
    }
  });
});
