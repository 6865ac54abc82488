import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renamedText } from '../src/config/renamed.ts';

const CONFIG = `# Our lab: empower and others
source:
  auth: ./auth.json   # lab: the service user's
syncs:
  other: { tables: auto, tablePrefix: o_ }
  lab:   # what the lab has
    # only IDS
    filter:
      - term: { category: IDS }   # lab
    since:   2024-03-01
`;

describe('a sync that is called otherwise', () => {
  it('keeps every other letter of the file, and comes back to the letter', () => {
    const there = renamedText(CONFIG, 'lab', 'bench');
    expect(there).toBe(
      CONFIG.replace('  lab:   #', '  bench:   #').replace(
        '    filter:',
        '    storedAs: lab\n    filter:',
      ),
    );
    expect(renamedText(there ?? '', 'bench', 'lab')).toBe(CONFIG);
  });

  it('keeps what it is stored as when it is renamed once more', () => {
    const once = renamedText(CONFIG, 'lab', 'bench') ?? '';
    const twice = parse(renamedText(once, 'bench', 'floor2') ?? '');
    expect(Object.keys(twice.syncs)).toEqual(['other', 'floor2']);
    expect(twice.syncs.floor2.storedAs).toBe('lab');
  });

  const others = {
    'on one line': [
      'syncs: { lab: { tables: auto } }',
      'syncs: { bench: { storedAs: lab, tables: auto } }',
    ],
    'on one line, without spaces': [
      'syncs: {lab: {tables: auto}}',
      'syncs: {bench: {storedAs: lab, tables: auto}}',
    ],
    'on one line, with nothing': ['syncs: { lab: {} }', 'syncs: { bench: {storedAs: lab} }'],
    'with an empty map': ['syncs:\n  lab: {}\n', 'syncs:\n  bench: {storedAs: lab}\n'],
    'with an empty map and a space': [
      'syncs:\n  lab: { }\n',
      'syncs:\n  bench: {storedAs: lab }\n',
    ],
    'on lines of one map': [
      'syncs:\n  lab: { # all\n    tables: auto,\n  }\n',
      'syncs:\n  bench: { # all\n    storedAs: lab,\n    tables: auto,\n  }\n',
    ],
    'with a quoted name': [
      'syncs:\n  "lab":\n    tables: auto\n',
      'syncs:\n  "bench":\n    storedAs: "lab"\n    tables: auto\n',
    ],
    'with a name in single quotes': [
      "syncs:\n  'lab':\n    'tables': auto\n",
      "syncs:\n  'bench':\n    'storedAs': 'lab'\n    'tables': auto\n",
    ],
    'with lines that end as on Windows': [
      'syncs:\r\n  lab:\r\n    tables: auto\r\n',
      'syncs:\r\n  bench:\r\n    storedAs: lab\r\n    tables: auto\r\n',
    ],
    'without an end of the last line': [
      'syncs:\n  lab:\n    tables: auto',
      'syncs:\n  bench:\n    storedAs: lab\n    tables: auto',
    ],
    'as JSON': [
      '{"syncs":{"lab":{"tables":"auto"}}}',
      '{"syncs":{"bench":{"storedAs":"lab","tables":"auto"}}}',
    ],
    'as JSON with nothing': ['{"syncs":{"lab":{}}}', '{"syncs":{"bench":{"storedAs":"lab"}}}'],
    'as JSON of many lines': [
      '{\n  "syncs": {\n    "lab": {\n      "tables": "auto"\n    }\n  }\n}\n',
      '{\n  "syncs": {\n    "bench": {\n      "storedAs": "lab",\n      "tables": "auto"\n    }\n  }\n}\n',
    ],
  } as const;
  it.each(Object.entries(others))('may be written %s, and comes back', (_how, [text, expected]) => {
    const there = renamedText(text, 'lab', 'bench');
    expect(there).toBe(expected);
    expect(renamedText(there ?? '', 'bench', 'lab')).toBe(text);
    if (text.startsWith('{')) expect(JSON.parse(there ?? '')).toEqual(parse(there ?? ''));
  });

  it.each(['NULL', 'true', 'No', 'on', 'y'])('is quoted where its name is %s', (name) => {
    const text = 'syncs:\n  lab:\n    tables: auto\n';
    const there = renamedText(text, 'lab', name) ?? '';
    expect(there).toBe(`syncs:\n  "${name}":\n    storedAs: lab\n    tables: auto\n`);
    expect(renamedText(there, name, 'lab')).toBe(text);
  });

  it('is found where YAML takes its name for something else, and is stored as a text', () => {
    const there = renamedText('syncs:\n  true:\n    tables: auto\n', 'true', 'lab') ?? '';
    expect(there).toBe('syncs:\n  lab:\n    storedAs: "true"\n    tables: auto\n');
  });

  const last = {
    'as the last of a map': [
      'syncs: { bench: { tables: auto, storedAs: lab } }',
      'syncs: { lab: { tables: auto } }',
    ],
    'on the last line': [
      'syncs:\n  bench:\n    tables: auto\n    storedAs: lab',
      'syncs:\n  lab:\n    tables: auto\n',
    ],
    'by itself': ['syncs:\n  bench:\n    storedAs: lab\n', 'syncs:\n  lab:\n    storedAs: lab\n'],
    'beside a comment': [
      'syncs:\n  bench:\n    tables: auto\n    storedAs: lab # as before\n',
      'syncs:\n  lab:\n    tables: auto\n    storedAs: lab # as before\n',
    ],
    'before a comment': [
      'syncs: { bench: { storedAs: lab, # as before\n  tables: auto } }',
      'syncs: { lab: { storedAs: lab, # as before\n  tables: auto } }',
    ],
  } as const;
  it.each(Object.entries(last))(
    'comes back where its setting stands %s',
    (_how, [text, expected]) => {
      expect(renamedText(text, 'bench', 'lab')).toBe(expected);
    },
  );

  it('is left alone where it cannot be said in the text', () => {
    expect(
      renamedText('syncs:\n  lab: &one\n    ? tables\n    : auto\n', 'lab', 'b'),
    ).toBeUndefined();
    expect(renamedText('a: &s { t: auto }\nsyncs:\n  lab: *s\n', 'lab', 'bench')).toBeUndefined();
    expect(renamedText('syncs: { lab }', 'lab', 'bench')).toBeUndefined();
    expect(renamedText('syncs: {}', 'lab', 'bench')).toBeUndefined();
  });
});
