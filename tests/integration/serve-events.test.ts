import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AWS, findMoto } from './moto.ts';
import { type Serving, serveConfig, serving, until } from './serving.ts';
import { sqsQueue } from './sqs-queue.ts';
import { type World, world } from './world.ts';

const TOKEN = 'events-token-of-the-tests';
const { python, reason } = await findMoto();
/** Nothing but an event brings a file in. */
const SYNCS = {
  docs: 'every: 1d, sweep: never, verify: never, filter: [ { term: { category: IDS } } ]',
};

let w: World;
beforeEach(async () => {
  w = await world();
  w.addFiles(3);
});
afterEach(() => w[Symbol.asyncDispose]());

/** As EventBridge delivers what TDP says: what its detail holds is not published. */
function event(detail: object): string {
  const type = 'tetrascience.file.SearchIndexingSucceeded.v1';
  return JSON.stringify({ version: '0', id: 'e1', 'detail-type': type, region: 'x', detail });
}

function put(path: string, category: 'IDS' | 'RAW' = 'IDS'): string {
  const content = JSON.stringify({ '@idsType': 'x', '@idsVersion': 'v1.0.0', path });
  return w.tdp.lake.put({ path, category, content }).fileId;
}

async function post(service: Serving, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${service.url}/tdp-events`, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

/** Waits until so many files have come in by events. */
async function loadedByEvents(service: Serving, files: number): Promise<void> {
  await until(async () => {
    const { runs } = await service.sync();
    const loaded = runs.filter(({ kind }) => kind === 'event').map((line) => line.loaded);
    return loaded.reduce((sum, one) => sum + one, 0) === files;
  });
}

it('an event that is posted brings its file in within seconds, by the filter, and moves no position', async () => {
  await w.config(serveConfig(SYNCS, `events: { token: ${TOKEN} }`));
  await using service = await serving(w);
  const { watermark } = await service.rest();
  const fileId = put('/new.json');
  const raw = put('/new.raw', 'RAW');
  const sentMs = Date.now();
  expect(await post(service, event({ fileId, rawFileId: raw }))).toBe(202);
  // Doubled, unknown and malformed ones change nothing.
  await post(service, event({ fileId }));
  await post(service, event({ fileId: 'no-such-file' }));
  expect(await post(service, 'hello')).toBe(400);
  await loadedByEvents(service, 1);
  const [line] = (await service.sync()).runs as unknown as { endedAt: string }[];
  expect(Date.parse(line?.endedAt ?? '') - sentMs).toBeLessThan(20_000);
  expect((await service.sync()).watermark).toBe(watermark);
  const { events } = JSON.parse((await service.get('/status.json')).text);
  expect(events).toMatchObject({ taken: 4, malformed: 1, files: 2, queue: null });
  expect(await service.metric('tdp_sync_events_total', { via: 'http' })).toBe(4);
  service.signal('SIGTERM');
  await service.ended;
  expect(await w.sql(`SELECT path FROM docs_files WHERE file_id = '${fileId}'`)).toHaveLength(1);
  expect(await w.sql(`SELECT path FROM docs_files WHERE file_id = '${raw}'`)).toEqual([]);
});

describe.skipIf(python === undefined)(
  `a queue, on moto${reason === undefined ? '' : ` [skipped: ${reason}]`}`,
  () => {
    it('is read, and what was taken is deleted, whatever it held; secrets are in no log', async () => {
      await using queue = await sqsQueue(python ?? '');
      await w.config(serveConfig(SYNCS, `events: { queue: "${queue.url}" }`));
      await using service = await serving(w, AWS);
      await service.rest();
      const fileIds = Array.from({ length: 25 }, (_, at) => put(`/q${at}.json`));
      await queue.send('poison');
      for (const fileId of fileIds) await queue.send(event({ fileId }));
      await loadedByEvents(service, 25);
      await until(async () => (await queue.count()) === 0);
      const { events } = JSON.parse((await service.get('/status.json')).text);
      expect(events).toMatchObject({ taken: 26, malformed: 1, files: 25, waiting: 0 });
      expect(events.queue).toEqual({ url: queue.url, error: null });
      expect(await service.metric('tdp_sync_event_queue_up')).toBe(1);
      expect(service.output()).not.toContain(AWS.AWS_SECRET_ACCESS_KEY);
    });

    it('that is not there is told of, and holds up nothing', async () => {
      await using queue = await sqsQueue(python ?? '');
      await w.config(serveConfig(SYNCS, `events: { queue: "${queue.url}-gone" }`));
      await using service = await serving(w, AWS);
      await service.rest();
      const error = await until(
        async () => JSON.parse((await service.get('/status.json')).text).events.queue.error,
      );
      expect(error).toMatch(/QueueDoesNotExist/);
      expect(await service.metric('tdp_sync_event_queue_up')).toBe(0);
      expect((await service.get('/readyz')).status).toBe(200);
    });
  },
);
