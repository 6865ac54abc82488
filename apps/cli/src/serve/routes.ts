import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { visible, visibleJson } from '../visible.ts';
import type { EventStream } from './event-stream.ts';
import type { EventInbox } from './events/inbox.ts';
import { takePosted } from './events/post.ts';
import { WANTED } from './lane.ts';
import { isOwnName } from './own-names.ts';
import { PAGE_FILES, PAGE_POLICY, type PageFile } from './page.ts';
import type { Probe, ServiceReport } from './report.ts';
import type { Service } from './service.ts';
import { type Target, targetOf } from './target.ts';

/** What the routes answer from. */
export interface Routed {
  readonly service: Service;
  readonly report: ServiceReport;
  readonly events: EventStream;
  /** Where events of TDP are taken. */
  readonly inbox: Pick<EventInbox, 'nudger'>;
}

type Handler = (
  routed: Routed,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | void;

/** What may be read under any name: whoever probes or scrapes finds the service by the address of its pod or a name of the cluster. */
const PROBES: Readonly<Record<string, Handler>> = {
  '/livez': (_, _request, response) => text(response, 200, 'ok\n'),
  '/readyz': async ({ report }, _request, response) => probe(response, await report.readiness()),
  '/progressz': ({ report }, _request, response) => probe(response, report.progress()),
  '/metrics': async ({ report }, _request, response) =>
    text(response, 200, await report.metricsText(), 'text/plain; version=0.0.4; charset=utf-8'),
};

/** What may be read under the service's own names. */
const PAGES: Readonly<Record<string, Handler>> = {
  ...PROBES,
  '/status.json': async ({ report }, _request, response) =>
    json(response, 200, await report.status()),
  '/events': async ({ events }, { method }, response) => {
    if (method === 'HEAD') text(response, 200, '', 'text/event-stream');
    else if (!(await events.add(response))) text(response, 503, 'Too many watch already.\n');
  },
};

const MISDIRECTED =
  'The service does not go by the name that this request asks for. If it is to be reached under it, add the name to serve.hosts in the config.';

const ACTION = /^\/syncs\/([A-Za-z0-9_]+)\/(run|pause|resume|retry|sweep|verify|rebuild)$/;

/** Where events are posted: not where the page listens, so that a proxy that lets only this path through shows nothing. */
const EVENTS = '/tdp-events';

const BEARER = { 'www-authenticate': 'Bearer realm="tdp-sync"' };

/** Answers a request. */
export async function route(
  routed: Routed,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
  const target = targetOf(request);
  const isEvent = target?.pathname === EVENTS && request.method === 'POST';
  if (!isEvent) request.resume();
  if (target === undefined) {
    refuse(response, 400, 'This asks for no page.');
    return;
  }
  const { pathname, searchParams } = target;
  if (!Object.hasOwn(PROBES, pathname) && !isAskedForUs(routed, target)) {
    refuse(response, 421, MISDIRECTED);
    return;
  }
  if (isEvent) {
    await takeEvent(routed, request, response);
    return;
  }
  const page = handlerOf(pathname);
  if (page !== undefined) {
    if (request.method === 'GET' || request.method === 'HEAD')
      await page(routed, request, response);
    else refuse(response, 405, 'Only GET.', { allow: 'GET, HEAD' });
    return;
  }
  const [, sync, action] = ACTION.exec(pathname) ?? [];
  const isPosted = pathname === EVENTS || ACTION.test(pathname);
  if (isPosted && request.method !== 'POST') refuse(response, 405, 'Only POST.', { allow: 'POST' });
  else if (sync === undefined || action === undefined)
    refuse(response, 404, 'There is no such page.');
  else
    act(routed.service, request, response, { sync, action, fileIds: searchParams.getAll('file') });
}

function isAskedForUs({ service }: Routed, { hosts }: Target): boolean {
  const { serve } = service.runtime.loaded.config;
  return hosts.length > 0 && hosts.every((host) => isOwnName(host, serve));
}

function handlerOf(pathname: string): Handler | undefined {
  if (Object.hasOwn(PAGES, pathname)) return PAGES[pathname];
  const file = PAGE_FILES.get(pathname);
  return file && ((_, _request, response) => pageFile(response, file));
}

function pageFile(response: ServerResponse, { type, text: body }: PageFile): void {
  response.setHeader('content-security-policy', PAGE_POLICY);
  text(response, 200, body, type);
}

async function takeEvent(
  { service, inbox }: Routed,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { token } = service.runtime.loaded.config.serve.events;
  if (token === undefined) {
    refuse(response, 404, 'No events are taken here: serve.events.token is not configured.');
  } else if (!isBearer(request.headers.authorization, token)) {
    refuse(response, 401, 'The token for events is missing or wrong.', BEARER);
  } else {
    const { status, body } = await takePosted(request, inbox.nudger);
    // The rest of one that is too large is not waited for.
    if (status === 413) response.setHeader('connection', 'close');
    json(response, status, body);
  }
  request.resume();
}

interface Action {
  readonly sync: string;
  readonly action: string;
  readonly fileIds: readonly string[];
}

function act(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  { sync, action, fileIds }: Action,
): void {
  const { controlToken } = service.runtime.loaded.config.serve;
  if (controlToken === undefined) {
    refuse(response, 404, 'There is no such page: serve.controlToken is not configured.');
  } else if (!isBearer(request.headers.authorization, controlToken)) {
    refuse(response, 401, 'The control token is missing or wrong.', BEARER);
  } else if (!service.runtime.transforms.has(sync)) {
    refuse(response, 404, 'There is no such sync.');
  } else if (perform(service, sync, action, fileIds)) {
    json(response, 202, { sync, action, result: 'accepted' });
  } else {
    json(response, 409, { sync, action, result: 'paused' });
  }
}

function perform(
  service: Service,
  sync: string,
  action: string,
  fileIds: readonly string[],
): boolean {
  if (action === 'pause') service.pause(sync);
  if (action === 'resume') service.resume(sync);
  const kind = WANTED.find((one) => one === action);
  if (kind === undefined) return true;
  const files = kind === 'retry' && fileIds.length > 0 ? fileIds : undefined;
  return service.want(sync, kind, files);
}

/** Takes as long for a wrong token as for the right one. */
function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function probe(response: ServerResponse, { ok, reasons }: Probe): void {
  text(response, ok ? 200 : 503, ok ? 'ok\n' : `${reasons.map(visible).join('\n')}\n`);
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  json(response, status, { error: message });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  text(response, status, visibleJson(JSON.stringify(value)), 'application/json; charset=utf-8');
}

function text(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
