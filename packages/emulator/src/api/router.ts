import {
  type EmulatorRequest,
  type EmulatorResponse,
  type Endpoint,
  json,
  refusal,
} from '../messages.ts';
import { idsSchema, isSchemaPath } from './artifacts.ts';
import { authenticate } from './authenticate.ts';
import type { ApiCall, ApiContext } from './context.ts';
import { fileinfo } from './fileinfo.ts';
import { retrieve } from './retrieve.ts';
import { searchEql } from './search-endpoint.ts';

function withoutVersion(path: string): string {
  return path.startsWith('/v1/') ? path.slice(3) : path;
}

/** The part of the API that a URL belongs to. */
export function endpointOf(url: string): Endpoint {
  const path = withoutVersion(url);
  if (path.startsWith('/datalake/searchEql')) return 'search';
  if (path.startsWith('/datalake/retrieve')) return 'retrieve';
  return path.startsWith('/fileinfo/') ? 'fileinfo' : 'other';
}

function me(context: ApiContext): EmulatorResponse {
  return json(200, {
    id: '5d0f8b8e-0c0c-4f6e-9f5f-6e1b2c3d4e5f',
    email: 'sync@example.com',
    type: 'service-user',
    orgSlug: context.org,
    role: 'read-only',
  });
}

type Handler = (call: ApiCall, context: ApiContext) => EmulatorResponse;

function handlerOf(method: string, path: string): Handler | undefined {
  if (path === '/datalake/searchEql') return method === 'POST' ? searchEql : undefined;
  if (method !== 'GET') return undefined;
  if (path === '/datalake/retrieve') return retrieve;
  if (/^\/fileinfo\/file\/[^/]+(\/versions)?$/.test(path)) return fileinfo;
  if (isSchemaPath(path)) return idsSchema;
  return path === '/users/me' ? (_, context) => me(context) : undefined;
}

/** Whether every escape in a path is one. Only paths that have any are looked at. */
function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Answers a request to the API. */
export function route(request: EmulatorRequest, context: ApiContext): EmulatorResponse {
  const mark = request.url.indexOf('?');
  const path = withoutVersion(mark < 0 ? request.url : request.url.slice(0, mark));
  if (!isDecodable(path)) return refusal(400, 'Bad Request');
  const handler = handlerOf(request.method, path);
  if (handler === undefined) return refusal(404, 'Not Found');
  const caller = authenticate(request, context.tokens, context.org);
  if ('refused' in caller) return caller.refused;
  const query = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
  return handler({ request, path, query, token: caller.token }, context);
}
