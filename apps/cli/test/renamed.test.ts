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
    'on one line': ['syncs: { lab: { tables: auto } }', { tables: 'auto' }],
    'on one line, with nothing': ['syncs: { lab: {} }', {}],
    'of a name and nothing else': ['syncs:\n  lab:\n', {}],
    'of a name and a comment': ['syncs:\n  lab:   # all\n', {}],
    'with an empty map': ['syncs:\n  lab: {}\n', {}],
    'with a quoted name': ['syncs:\n  "lab":\n    tables: auto\n', { tables: 'auto' }],
    'with lines that end as on Windows': [
      'syncs:\r\n  lab:\r\n    tables: auto\r\n',
      { tables: 'auto' },
    ],
  } as const;
  it.each(Object.entries(others))('may be written %s', (_how, [text, settings]) => {
    expect(parse(renamedText(text, 'lab', 'bench') ?? '')).toEqual({
      syncs: { bench: { ...settings, storedAs: 'lab' } },
    });
  });

  it('is left alone where it cannot be said in the text', () => {
    expect(
      renamedText('syncs:\n  lab: &one\n    ? tables\n    : auto\n', 'lab', 'b'),
    ).toBeUndefined();
    expect(renamedText('a: &s { t: auto }\nsyncs:\n  lab: *s\n', 'lab', 'bench')).toBeUndefined();
    expect(renamedText('syncs: {}', 'lab', 'bench')).toBeUndefined();
  });
});
