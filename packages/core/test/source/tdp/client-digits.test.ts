import { expect, test } from 'vitest';
import { attributesOf, hitOfAttributes } from '../../../src/attributes.ts';
import { attributesFingerprint } from '../../../src/file.ts';
import { connect } from './local-client.ts';
import { serve } from './local-server.ts';

const METADATA = '{"barcode":12345678901234567890,"factor":1e400,"plain":1.5}';
const LABELS = '[{"name":"lot","value":9007199254740993}]';

test('numbers that TDP has of a file keep all their digits, in the database and from it', async () => {
  const source = `{"fileId":"f","file":{"path":"p","size":7},"metadata":${METADATA},"labels":${LABELS},"tags":[0.12345678901234567891]}`;
  await using tdp = await serve((_request, response) => {
    response.end(`{"hits":{"hits":[{"_source":${source}}]}}`);
  });
  await using local = connect(tdp.url);
  const [hit] = await local.client.page({ filter: [] }, undefined, 1);
  if (hit === undefined) throw new Error('no hit');
  expect(hit.size).toBe(7);
  const row = attributesOf(hit);
  for (const json of [METADATA, LABELS, '[0.12345678901234567891]']) expect(row).toContain(json);
  const again = hitOfAttributes(row);
  expect(attributesOf(again)).toEqual(row);
  const other = { ...hit, metadata: { ...Object(hit.metadata), barcode: 1 } };
  expect(attributesFingerprint(other)).not.toBe(attributesFingerprint(hit));
});
