import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Program } from './program.ts';
import { DEMO_KINDS, writeDemoKinds } from './tables/demo-kinds.ts';
import { type Axes, type GrowthPoint, measureGrowth } from './tables/growth.ts';
import { type Amounts, type KindResult, measureKind } from './tables/kinds.ts';
import { type MemoryResult, measureMemory } from './tables/memory.ts';
import { growthText, kindText, memoryText } from './tables/text.ts';

/** What is measured, and how much of it. */
export interface TablesOptions extends Amounts {
  readonly kinds: readonly string[];
  /** Content of the syncs whose peak of memory is measured; several batches. */
  readonly memoryBytes: number;
  readonly axes: Axes;
}

/** All figures of the program. */
export interface TablesResult {
  readonly options: TablesOptions;
  readonly kinds: readonly KindResult[];
  readonly memory: readonly MemoryResult[];
  readonly growth: readonly GrowthPoint[];
}

const AXES: Axes = {
  columns: [10, 100, 1_000],
  tables: [1, 10, 100],
  layouts: [1, 10, 50],
  wide: [9, 60],
  apart: [100, 800, 5_000],
  untouched: [0, 50, 200],
};

/** What turning documents into rows costs. */
export const tablesProgram: Program = {
  options: `[--rounds 5] [--kinds ${DEMO_KINDS.join(',')}] [--extract-mb 32] [--sync-mb 16] [--memory-mb 96]`,
  run: async (args) => {
    const options = optionsFrom(args);
    const result = await tables(options);
    return { text: tablesText(result), figures: { of: `${options.rounds}-rounds`, result } };
  },
};

function optionsFrom(args: readonly string[]): TablesOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      kinds: { type: 'string', default: DEMO_KINDS.join(',') },
      'extract-mb': { type: 'string', default: '32' },
      'sync-mb': { type: 'string', default: '16' },
      'memory-mb': { type: 'string', default: '96' },
    },
  });
  return {
    rounds: Number(values.rounds),
    kinds: values.kinds.split(','),
    extractBytes: Number(values['extract-mb']) * 1e6,
    syncBytes: Number(values['sync-mb']) * 1e6,
    memoryBytes: Number(values['memory-mb']) * 1e6,
    axes: AXES,
  };
}

/** Measures every kind, then memory, then growth. */
export async function tables(options: TablesOptions): Promise<TablesResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
  try {
    const kinds: KindResult[] = [];
    const memory: MemoryResult[] = [];
    for (const corpus of await writeDemoKinds(folder, options.kinds)) {
      kinds.push(await measureKind(corpus, options));
      memory.push(...(await measureMemory(corpus, options.memoryBytes)));
    }
    return { options, kinds, memory, growth: await measureGrowth(folder, options.axes, options) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The result as tables. */
export function tablesText({ options, kinds, memory, growth }: TablesResult): string {
  return [
    `medians of ${options.rounds} rounds; ratios are of CPU time within a round`,
    ...kinds.map(kindText),
    memoryText(memory),
    growthText(growth),
  ].join('\n\n');
}
