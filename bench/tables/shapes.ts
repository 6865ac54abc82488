import { autoTransform, documentTransform, mappingTransform, type Transform } from '@tdp-sync/core';
import type { Corpus } from './corpus.ts';

/** What documents become: themselves, the tables of a mapping, or `auto` with data cubes as rows, as JSON or not at all. */
export const SHAPES = ['document', 'mapping', 'rows', 'json', 'none'] as const;
export type Shape = (typeof SHAPES)[number];

/** The transform that makes them so. */
export function transformOf(shape: Shape, mapping: Corpus['mapping']): Transform {
  if (shape === 'document') return documentTransform('docs');
  if (shape === 'mapping') return mappingTransform(mapping ?? {});
  return autoTransform({ fallbackName: 'docs', datacubes: shape });
}
