import { fc } from '../../property.ts';

/** A JSON text before it is written down, so that any key and any spelling of a number can be in it. */
type Node = string | readonly Node[] | { readonly entries: readonly (readonly [string, Node])[] };

const KEYS = fc.oneof(
  fc.constantFrom('a', 'b', 'c d', 'A', '@x', 'value', 'items', 'datacubes', 'measures', 'scale'),
  fc.constantFrom('a.b', 'a[]', '[', '"', '', '.', '_', '_a', 'a_', '日本', '2nd', '0', '10'),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'length',
    'toJSON',
    'uuid',
    '_parent_row',
  ),
  fc.constantFrom('\u0000\ud800', '🧪', 'é', 'x'.repeat(150)),
);
const NUMBERS = fc.oneof(
  fc.constantFrom('0', '-0', '1', '1.50', '1e3', '12345678901234567890', '1e+400', '-1e+400'),
  fc.constantFrom('0.1000000000000000055511151231257827', '9007199254740993', '1E-400', '5e-324'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const STRINGS = fc.oneof(
  fc.constantFrom('', 'NaN', 'null', '5', '[1]', '{"a":1}', '\u0000', 'a\udc00b', '🧪'),
  fc.string({ maxLength: 5 }),
);
const NULL = fc.constant('null');
const LITERALS = fc.oneof(
  NUMBERS,
  STRINGS.map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'false', 'null'),
);

const { node } = fc.letrec<{ node: Node; object: Node; array: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 5 }, LITERALS, LITERALS, tie('object'), tie('array')),
  object: objectOf(tie('node')),
  array: fc.array(tie('node'), { maxLength: 4 }),
}));

function objectOf(value: fc.Arbitrary<Node>): fc.Arbitrary<Node> {
  return fc
    .uniqueArray(fc.tuple(KEYS, value), { maxLength: 5, selector: ([key]) => key })
    .map((entries) => ({ entries }));
}

/** What is not as in a regular cube, and what stands there instead. */
type Blemish = readonly ['length' | 'scale' | 'value' | 'measure', Node] | null;

/** Data cubes, most of them regular, some of them nearly. */
const cube: fc.Arbitrary<Node> = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 0, maxLength: 3 }),
    measures: fc.integer({ min: 0, max: 3 }),
    values: fc.array(fc.oneof(NUMBERS, NUMBERS, LITERALS, NULL), { minLength: 1 }),
    blemish: fc.option(fc.tuple(fc.constantFrom('length', 'scale', 'value', 'measure'), node), {
      freq: 2,
    }) as fc.Arbitrary<Blemish>,
    more: fc.uniqueArray(fc.tuple(fc.constantFrom('name', 'fk', 'a'), node), {
      maxLength: 2,
      selector: ([key]) => key,
    }),
  })
  .map(({ shape, measures, values, blemish, more }) => {
    let taken = 0;
    const next = (): Node => values[taken++ % values.length] ?? 'null';
    const spoilt = (kind: string, otherwise: Node): Node =>
      blemish?.[0] === kind ? blemish[1] : otherwise;
    const lengths = blemish?.[0] === 'length' ? [2, ...shape.slice(1)] : shape;
    const value = (): Node => spoilt('value', nested(lengths, next));
    return {
      entries: [
        ...more,
        [
          'measures',
          Array.from({ length: measures }, () => spoilt('measure', part('value', value()))),
        ],
        [
          'dimensions',
          shape.map((length) => part('scale', spoilt('scale', nested([length], next)))),
        ],
      ],
    } satisfies Node;
  });

function nested([length = 0, ...inner]: readonly number[], next: () => Node): Node {
  return Array.from({ length }, () => (inner.length === 0 ? next() : nested(inner, next)));
}

function part(key: string, value: Node): Node {
  const unit = ['unit', '"u"'] as const;
  return { entries: [unit, [key, value]] };
}

function written(node: Node): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return `[${node.map(written).join(',')}]`;
  const { entries } = node as Exclude<Node, string | readonly Node[]>;
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${written(value)}`).join(',')}}`;
}

/** JSON texts of documents with all that is awkward in them. */
export const documents: fc.Arbitrary<string> = fc
  .oneof(
    objectOf(node),
    node,
    fc.tuple(fc.array(fc.oneof(cube, cube, node), { maxLength: 3 }), node).map(
      ([cubes, rest]): Node => ({
        entries: [
          ['rest', rest],
          ['datacubes', cubes],
        ],
      }),
    ),
  )
  .map(written);
