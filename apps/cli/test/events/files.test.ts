import { describe, expect, it } from 'vitest';
import { filesOf } from '../../src/serve/events/files.ts';

const ID = '1f1b2c4e-0000-4000-8000-0123456789ab';
const OTHER = '2a2b2c4e-0000-4000-8000-0123456789ab';
const detail = { fileId: ID, other: [1, null, 'x'] };
/** As EventBridge sends one. */
const event = {
  version: '0',
  id: 'b8e7e6a0-1111-4222-8333-444455556666',
  'detail-type': 'tetrascience.file.SearchIndexingSucceeded.v1',
  source: 'aws.partner/tetrascience',
  time: '2026-11-30T12:00:00Z',
  resources: [],
  detail,
};

describe('the files of an event', () => {
  it.each<readonly [string, unknown, readonly string[]]>([
    ['in its detail', event, [ID]],
    ['anywhere', { detail: { data: { entity: { fileId: ID } } } }, [ID]],
    ['under another spelling', { detail: { file_id: ID } }, [ID]],
    ['of a workflow', { input_file_id: ID, outputFileIds: [OTHER, ID] }, [ID, OTHER]],
    ['in a list of events', [event, { detail: { fileId: OTHER } }], [ID, OTHER]],
    ['as SNS wraps it', { Type: 'Notification', Message: JSON.stringify(event) }, [ID]],
    ['as a text within', { Records: [{ body: JSON.stringify({ detail }) }] }, [ID]],
    ['none, where it names none', { 'detail-type': 'x', detail: { agentId: ID } }, []],
    ['none of what is no fileId', { fileId: 'a b', fileIds: [1, {}, '', 'x'.repeat(200)] }, []],
    ['none of an empty one', {}, []],
  ])('%s', (_, given, expected) => {
    expect(filesOf(JSON.stringify(given))).toEqual({ fileIds: expected });
  });

  it.each(['', 'hello', '{"fileId":', '"x"', '7', 'null', '\u0000'])('%j is malformed', (text) => {
    expect(filesOf(text)).toBe('malformed');
  });

  it('as deep and as many as somebody may send, without end of memory or stack', () => {
    const deep = `${'{"detail":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect(filesOf(deep)).toEqual({ fileIds: [] });
    const many = JSON.stringify({ fileIds: Array.from({ length: 50_000 }, (_, at) => `f${at}`) });
    const found = filesOf(many);
    expect(found === 'malformed' ? 0 : found.fileIds.length).toBe(1000);
  });
});
