import { expect, it } from 'vitest';
import { canStart, title } from '../../packages/sink-postgres/test/server.ts';
import { postgres, postgresTable } from '../postgres.ts';

it.skipIf(!canStart)(
  title('loads every row by COPY and through both sinks', canStart),
  async () => {
    const result = await postgres([
      '--documents',
      '30',
      '--rows',
      '4',
      '--batch',
      '16',
      '--rounds',
      '1',
    ]);
    expect(result).toMatchObject({ documents: 30, rowsPerDocument: 4, rounds: 1 });
    for (const figure of [...Object.values(result.ofCopy), ...Object.values(result.cpuUsPerRow)])
      expect(figure).toBeGreaterThan(0);
    expect(postgresTable(result)).toMatch(/sink, replaced documents {2,}\d/);
  },
);
