import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Serving, serveConfig, serving, until } from '../integration/serving.ts';
import { type World, world } from '../integration/world.ts';
import { shell } from '../publish/shell.ts';
import { blocks, page } from './pages.ts';

// What the docs say of events is done here, with the commands that stand there.

const TOKEN = 'events-token-of-the-tests';
const own = blocks('sh', 'json').filter(({ page }) => page === 'docs/events.md');

let w: World;
let service: Serving;
beforeAll(async () => {
  w = await world();
  w.addFiles(3);
  const syncs = { docs: 'every: 1d, sweep: never, verify: never' };
  await w.config(serveConfig(syncs, `events: { token: ${TOKEN} }`));
  service = await serving(w);
  await service.rest();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
});

it('the command that posts an event brings the file in', async () => {
  const { fileId } = w.tdp.lake.put({ path: '/new.json', category: 'IDS', content: '{}' });
  const command = own.find(({ text }) => text.startsWith('curl'))?.text ?? '';
  const line = command
    .replace('http://127.0.0.1:8380', service.url)
    .replace(/[0-9a-f]{8}-[0-9a-f-]+/, fileId)
    .replace('$TDP_SYNC_EVENTS_TOKEN', TOKEN);
  const { code, output } = await shell(line, w.dir);
  expect(output).toContain('{"result":"accepted","as":"files"}');
  expect(code).toBe(0);
  await until(async () => (await service.sync()).runs.some(({ kind }) => kind === 'event'));
});

it('each policy is JSON, and asks for what is used', () => {
  const policies = own.filter(({ language }) => language === 'json');
  const actions = policies.flatMap(({ text }) => JSON.parse(text).Statement[0].Action);
  expect(actions).toEqual(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage']);
});

it('what status.json tells of events is what the page names', async () => {
  const { events } = JSON.parse((await service.get('/status.json')).text);
  expect(Object.keys(events)).toEqual([
    'taken',
    'malformed',
    'files',
    'waiting',
    'lastAt',
    'queue',
  ]);
  expect(page('docs/events.md').text).toContain(
    'taken, malformed, files, waiting, the last one, the queue',
  );
});
