/** As much of a JSON Schema as tells what may stand in a config. */
export interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** What may stand at a path; `undefined` where that is not known, or may be of several kinds. */
export function shapeAt(shape: Shape, path: readonly PropertyKey[]): Shape | undefined {
  const shapes = shapesAt(shape, path);
  return shapes.length === 1 ? shapes[0] : undefined;
}

/** The names of the settings that may stand right below a path. */
export function settingsAt(shape: Shape, path: readonly PropertyKey[]): readonly string[] {
  const names = shapesAt(shape, path).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set(names)];
}

function shapesAt(shape: Shape, [first, ...rest]: readonly PropertyKey[]): readonly Shape[] {
  const all = shape.anyOf ?? [shape];
  if (first === undefined) return all.flatMap((one) => (one.anyOf ? shapesAt(one, []) : [one]));
  return all.flatMap((one) => {
    const { properties = {}, additionalProperties: others, items } = one;
    const name = String(first);
    const named = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const inner = named ?? (typeof first === 'number' ? items : undefined) ?? others;
    return typeof inner === 'object' ? shapesAt(inner, rest) : [];
  });
}

/** Where else there is a setting of this name, as its users say it. */
export function whereElse({ properties = {} }: Shape, name: string): string | undefined {
  for (const [section, shape] of Object.entries(properties)) {
    if (settingsAt(shape, []).includes(name)) return section;
    if (settingsAt(shape, ['*']).includes(name)) return `a sync, below ${section}`;
  }
  return Object.hasOwn(properties, name) ? 'the outermost level' : undefined;
}
