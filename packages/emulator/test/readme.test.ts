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
});
