import { BOUNDS_DEFECTS } from './bounds.ts';
import { CLOCK_DEFECTS } from './clocks.ts';
import { DATABASE_DEFECTS } from './database.ts';
import type { Defect } from './defect.ts';
import { ENGINE_DEFECTS } from './engine.ts';
import { FILE_DEFECTS } from './files.ts';
import { FILTER_DEFECTS } from './filters.ts';
import { HISTORY_DEFECTS } from './history.ts';
import { REFUSAL_DEFECTS } from './refusals.ts';
import { SOURCE_DEFECTS } from './source.ts';
import { SWEEP_DEFECTS } from './sweep.ts';
import { VERIFY_DEFECTS } from './verify.ts';

/** Every wrong engine that the simulation must catch. */
export const DEFECTS: readonly Defect[] = [
  ...SOURCE_DEFECTS,
  ...CLOCK_DEFECTS,
  ...ENGINE_DEFECTS,
  ...BOUNDS_DEFECTS,
  ...DATABASE_DEFECTS,
  ...HISTORY_DEFECTS,
  ...REFUSAL_DEFECTS,
  ...FILE_DEFECTS,
  ...SWEEP_DEFECTS,
  ...FILTER_DEFECTS,
  ...VERIFY_DEFECTS,
];
