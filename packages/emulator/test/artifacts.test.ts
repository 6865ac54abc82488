import { expect, it } from 'vitest';
import { createEmulator, type Emulator, seedDemoLab } from '../src/index.ts';
import { headers } from './support.ts';

function schema(emulator: Emulator, ids: string): { status: number; body: unknown } {
  const url = `/v1/artifacts/ids/${ids}/files/schema`;
  const request = { method: 'GET', url, headers: headers(emulator), body: new Uint8Array() };
  const { status, body } = emulator.handle(request);
  return { status, body: JSON.parse(new TextDecoder().decode(body)) };
}

it('gives the JSON Schema that the documents of an IDS version keep to', () => {
  const emulator = createEmulator();
  seedDemoLab(emulator.lake);
  const { status, body } = schema(emulator, 'common/cell-counter/v8.0.0');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    content: {
      type: 'object',
      additionalProperties: false,
      properties: {
        '@idsType': { type: ['string', 'null'] },
        results: {
          type: 'array',
          items: { properties: { comment: { type: ['string', 'null'] } } },
        },
        datacubes: {
          items: {
            properties: {
              measures: {
                items: {
                  properties: {
                    value: { type: 'array', items: { type: ['number', 'null'] } },
                  },
                },
              },
            },
          },
        },
      },
    },
  });
});

it('has none of an IDS that nothing is of, nor when schemas are switched off', () => {
  const emulator = createEmulator();
  seedDemoLab(emulator.lake);
  expect(schema(emulator, 'common/cell-counter/v99.0.0').status).toBe(404);
  const without = createEmulator({ switches: { idsSchemas: false } });
  seedDemoLab(without.lake);
  expect(schema(without, 'common/cell-counter/v8.0.0').status).toBe(404);
});

it('refuses a path with a broken escape, and goes on', () => {
  const emulator = createEmulator();
  expect(schema(emulator, 'common/%zz/v1.0.0').status).toBe(400);
  expect(schema(emulator, 'common/%25/v1.0.0').status).toBe(404);
});

it('passes over a document that is no JSON, or nests deeply', () => {
  const emulator = createEmulator();
  const file = { category: 'IDS', ids: 'common/broken:v1.0.0' } as const;
  emulator.lake.put({ ...file, path: '/broken.json', content: '{"broken": ' });
  expect(schema(emulator, 'common/broken/v1.0.0').status).toBe(404);
  emulator.lake.put({
    ...file,
    path: '/deep.json',
    content: `${'['.repeat(9000)}${']'.repeat(9000)}`,
  });
  expect(schema(emulator, 'common/broken/v1.0.0').status).toBe(404);
  emulator.lake.put({ ...file, path: '/whole.json', content: { a: 1 } });
  expect(schema(emulator, 'common/broken/v1.0.0').status).toBe(200);
});
