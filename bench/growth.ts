import { parseArgs } from 'node:util';
import { SHAPES, type Shape } from './growth/lives.ts';
import { type GrowthOptions, growth } from './growth/measure.ts';
import { growthText } from './growth/text.ts';
import type { Program } from './program.ts';

/** What a run costs as the database grows. */
export const growthProgram: Program = {
  options:
    '[--sizes 10000,50000,200000] [--shapes document,rows] [--added 1000] [--rounds 5] [--memory-sizes 200000,600000] [--large-mb 50] [--large-counts 1,3]',
  run: async (args) => {
    const options = optionsFrom(args);
    const result = await growth(options);
    return {
      text: growthText(result),
      figures: { of: `${options.sizes.at(-1) ?? 0}x${options.rounds}`, result },
    };
  },
};

function optionsFrom(args: readonly string[]): GrowthOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '10000,50000,200000' },
      shapes: { type: 'string', default: 'document,rows' },
      added: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      'memory-sizes': { type: 'string', default: '200000,600000' },
      'large-mb': { type: 'string', default: '50' },
      'large-counts': { type: 'string', default: '1,3' },
    },
  });
  return {
    sizes: numbers(values.sizes),
    shapes: (Object.keys(SHAPES) as Shape[]).filter((name) => values.shapes.includes(name)),
    added: Number(values.added),
    rounds: Number(values.rounds),
    memorySizes: numbers(values['memory-sizes']),
    large: { mb: Number(values['large-mb']), counts: numbers(values['large-counts']) },
  };
}

function numbers(text: string): readonly number[] {
  return text
    .split(',')
    .filter((item) => item !== '')
    .map(Number);
}
