import { readFileSync } from 'node:fs';
import { type Expression, type Node, parseSync, Visitor } from 'oxc-parser';

/** One import of a file, of whatever kind: of values or types, passed on, at run time, or of a type alone. */
export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** It stands in the midst of a type: `import('./file.ts').Name`. */
  readonly inType: boolean;
}

/** All imports of a file whose specifier stands in it. */
export function importsOf(path: string): readonly Import[] {
  const text = readFileSync(path, 'utf8');
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const found: Import[] = [];
  const add = ({ start, type }: Node, source: Expression | null): void => {
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
    const line = text.slice(0, start).split('\n').length;
    found.push({ line, specifier: source.value, inType: type === 'TSImportType' });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source),
    ExportNamedDeclaration: (node) => add(node, node.source),
    ExportAllDeclaration: (node) => add(node, node.source),
    ImportExpression: (node) => add(node, node.source),
    TSImportType: (node) => add(node, node.source),
  }).visit(program);
  return found;
}
