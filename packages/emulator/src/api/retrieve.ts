import type { FileVersion } from '../lake/file.ts';
import { type EmulatorResponse, json, refusal } from '../messages.ts';
import type { ApiCall, ApiContext } from './context.ts';

/** Why a file is not given to this caller, if it is not. */
export function denial(
  file: FileVersion | undefined,
  fileId: string,
  call: ApiCall,
  context: ApiContext,
): EmulatorResponse | undefined {
  if (file === undefined) return refusal(404, `File not found: ${fileId}`);
  const seen = !file.hidden && (call.token.rule?.(file) ?? true);
  if (!seen) return refusal(403, 'You do not have access to this file');
  const { retrieveDeleted, retrieveSuperseded } = context.switches;
  const status = file.deleted ? retrieveDeleted : file.superseded ? retrieveSuperseded : 200;
  return status === 200 ? undefined : refusal(status, `File not found: ${fileId}`);
}

function bytes(file: FileVersion, context: ApiContext): EmulatorResponse {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  const { directGzip } = context.switches;
  if (directGzip === 'decoded') return { status: 200, headers, body: file.content };
  const { bytes: body, encoding } = file.stored();
  if (encoding !== undefined && directGzip === 'gzip') headers['content-encoding'] = encoding;
  return { status: 200, headers, body };
}

/** `GET /v1/datalake/retrieve`. */
export function retrieve(call: ApiCall, context: ApiContext): EmulatorResponse {
  const fileId = call.query.get('fileId');
  if (fileId === null || fileId === '')
    return refusal(400, 'child "fileId" fails because ["fileId" is required]');
  const file = context.lake.get(fileId);
  const denied = denial(file, fileId, call, context);
  if (denied !== undefined || file === undefined) return denied ?? refusal(404, 'File not found');
  const { presignedParameter, presignedKey, presignedSeconds } = context.switches;
  const asked = presignedParameter === 'none' ? null : call.query.get(presignedParameter);
  if (asked?.toLowerCase() !== 'true') {
    const refused = context.lake.refusalOf(fileId);
    return refused === undefined ? bytes(file, context) : refusal(403, refused);
  }
  const url = `${context.storageOrigin()}${context.presigner.sign(file, context.now(), presignedSeconds)}`;
  return json(200, { [presignedKey]: url });
}
