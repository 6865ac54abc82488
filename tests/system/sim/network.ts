import type { HttpRequest, Transport } from '@tdp-sync/core';
import type { EmulatorResponse } from '@tdp-sync/emulator';
import { delivered } from './answer.ts';
import { MINUTE, SECOND } from './scenario.ts';
import { type HttpEvent, isHttpFault, type Trouble } from './troubles.ts';
import { Violation } from './violation.ts';
import type { Seen, Survey } from './watch.ts';
import type { Runner, World } from './world.ts';

const SECRETS = ['ts-auth-token', 'x-org-slug', 'authorization'];
const LOCKED_OUT_MS = 7 * MINUTE;

/** The way between a process and TDP: every request and every answer takes its time, may be lost, and may find the process dead. */
export function network(world: World, runner: Runner): Transport {
  return async (request, signal) => {
    const event = eventOf(request);
    expectNoLeak(event, request);
    const trouble = world.troubles.next(event) ?? outage(world, event);
    await runner.meet(trouble, 'before', event);
    if (trouble === 'token-renewed' || trouble === 'locked-out') revoke(world, trouble);
    const { process } = runner;
    await process.step(world.latency(), `${event} >`, signal);
    const response = handle(world, runner, event, request, trouble);
    observe(world, runner, event, request, response);
    if (trouble === 'endless') refused(world, runner, event, request);
    const delayMs = response.delayMs ?? 0;
    await process.step(world.latency() + delayMs, `${event} < ${outcomeOf(response)}`, signal);
    await runner.meet(trouble, 'after', event);
    return delivered(world, runner, { event, request, response, trouble, signal });
  };
}

/** The storage refuses everything. */
function outage({ lab, random }: World, event: HttpEvent): Trouble | undefined {
  const isDown = (event === 'retrieve' || event === 'storage') && lab.refusals.isDown;
  return isDown ? random.pick(['403', '500', '503']) : undefined;
}

function eventOf({ url, body }: HttpRequest): HttpEvent {
  if (url.includes('/datalake/searchEql'))
    return (JSON.parse(body ?? '') as { size: number }).size === 0 ? 'survey' : 'page';
  if (url.includes('/datalake/retrieve')) return 'retrieve';
  return url.includes('/fileinfo/') ? 'fileinfo' : 'storage';
}

function expectNoLeak(event: HttpEvent, { headers }: HttpRequest): void {
  if (event !== 'storage') return;
  const leaked = SECRETS.find((name) => name in headers);
  if (leaked !== undefined) throw new Violation(`${leaked} was sent to the storage`);
}

function revoke(world: World, trouble: Trouble): void {
  world.emulator.revoke(world.token);
  world.revokedAtMs.push(world.scheduler.nowMs);
  const renew = (): void => {
    world.token = world.emulator.issueToken();
  };
  if (trouble === 'token-renewed') renew();
  else {
    world.lockedUntilMs = world.scheduler.nowMs + LOCKED_OUT_MS;
    void world.scheduler.wait(LOCKED_OUT_MS, 'a new token').then(renew);
  }
}

function handle(
  world: World,
  runner: Runner,
  event: HttpEvent,
  request: HttpRequest,
  trouble: Trouble | undefined,
): EmulatorResponse {
  const { faults } = world.emulator;
  if (trouble !== undefined && isHttpFault(trouble)) {
    const endpoint = event === 'survey' || event === 'page' ? 'search' : event;
    const retryAfter = world.random.chance(0.5)
      ? { retryAfterSeconds: world.random.int(1, 90) }
      : {};
    const delayMs = world.random.int(2, 40) * SECOND;
    faults.next(endpoint, { kind: trouble, ...retryAfter, delayMs });
  }
  const body = Buffer.from(request.body ?? '');
  const answer = world.emulator.handle({ ...request, body });
  const response = { ...answer, headers: dated(world, answer.headers) };
  faults.clear();
  if (trouble === '401') runner.watch.trouble(`${event} forged`);
  if (trouble !== undefined && isHttpFault(trouble)) world.note(`  (${event}: ${trouble})`);
  const isPartial = trouble === 'timed_out' || trouble === 'failed_shards';
  return isPartial ? { ...response, body: halfCounted(response.body) } : response;
}

/** What the clock of TDP, or of a proxy before it, says. */
function dated(world: World, headers: EmulatorResponse['headers']): EmulatorResponse['headers'] {
  const { date } = headers;
  return date === undefined ? headers : { ...headers, date: world.clocks.date(date) };
}

/** Shards that did not answer have not counted either. */
function halfCounted(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString();
  return Buffer.from(
    text.replace(/("files":\{"value":)(\d+)/, (_, name, count) => name + (Number(count) >> 1)),
  );
}

function outcomeOf({ status, connection }: EmulatorResponse): string {
  if (connection === undefined) return String(status);
  return typeof connection === 'string' ? connection : (Object.keys(connection)[0] ?? '');
}

/** Notes what the answer will look like to the run, for those who judge it later. */
function observe(
  world: World,
  runner: Runner,
  event: HttpEvent,
  request: HttpRequest,
  response: EmulatorResponse,
): void {
  const { watch } = runner;
  const { status, connection } = response;
  const text = Buffer.from(response.body).toString('utf8', 0, 400);
  const isHtml = (response.headers['content-type'] ?? '').includes('html');
  const isPartial = event === 'page' || event === 'survey' ? partial(text) : undefined;
  const wrong =
    connection !== undefined
      ? outcomeOf(response)
      : (isPartial ?? (isHtml ? 'html' : status === 200 ? undefined : String(status)));
  if (wrong !== undefined) watch.trouble(`${event} ${wrong}`);
  if (event === 'survey' && wrong === undefined)
    watch.survey(surveyed(world, runner, request, response.headers['date'] ?? ''));
  const fileId = fileIdIn(world, request.url);
  if (event === 'retrieve') watch.retrieves += 1;
  if (fileId === undefined) return;
  if ((event === 'retrieve' || event === 'storage') && wrong !== undefined)
    watch.refuse(fileId, wrong);
  if (event === 'fileinfo' && status === 404) watch.recordless.add(fileId);
}

/** It is larger than a file may be, as far as anybody can tell. */
function refused(world: World, { watch }: Runner, event: HttpEvent, request: HttpRequest): void {
  watch.trouble(`${event} endless`);
  const fileId = fileIdIn(world, request.url);
  if (fileId !== undefined) watch.refuse(fileId, 'endless');
}

function partial(text: string): string | undefined {
  if (text.includes('"timed_out":true')) return 'timed_out';
  return /"failed":[1-9]/.test(text) ? 'failed_shards' : undefined;
}

function fileIdIn(world: World, url: string): string | undefined {
  const { pathname, searchParams } = new URL(url);
  const record = /\/fileinfo\/file\/([^/?]+)/.exec(pathname)?.[1];
  const versionId = searchParams.get('versionId');
  if (versionId !== null) return world.fileIdOfVersion(versionId);
  return searchParams.get('fileId') ?? record;
}

/** What a perfect reader would have learned from this survey. */
function surveyed(world: World, { filter }: Runner, request: HttpRequest, date: string): Survey {
  const seen = world.visible(filter);
  const range = /"indexedAt":\{"gte":"([^"]+)"/.exec(request.body ?? '')?.[1];
  const fromMs = range === undefined ? undefined : Date.parse(range);
  const stamps = seen
    .map(({ indexedAt }: Seen) => indexedAt)
    .filter((stamp) => stamp !== undefined)
    .filter((stamp) => stamp <= world.clocks.endOfTimeMs)
    .filter((stamp) => fromMs === undefined || stamp >= fromMs);
  const { nowMs } = world.scheduler;
  return {
    ...{ atMs: nowMs, dateOffMs: Date.parse(date) - nowMs, localOffMs: world.clocks.localOffMs },
    filter,
    seen,
    newestMs: stamps.length === 0 ? undefined : Math.max(...stamps),
    oldestMs: stamps.length === 0 ? undefined : Math.min(...stamps),
  };
}
