import type { FileVersion, StorageRefusal } from '../lake/file.ts';
import type { EmulatorRequest, EmulatorResponse } from '../messages.ts';
import type { ApiContext } from './context.ts';

function s3Error(status: number, code: string, message: string, more = ''): EmulatorResponse {
  const text =
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}` +
    '<RequestId>EMULATOR00000000</RequestId><HostId>emulator</HostId></Error>';
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function ranged(response: EmulatorResponse, range: string): EmulatorResponse {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || (first === '' && last === '')) return response;
  const size = response.body.length;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || start > end) {
    return s3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  }
  const headers = { ...response.headers, 'content-range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers, body: response.body.subarray(start, end + 1) };
}

function content(file: FileVersion, range: string | undefined): EmulatorResponse {
  const { bytes, encoding } = file.stored();
  const headers: Record<string, string> = {
    'content-type': file.filePath.endsWith('.json')
      ? 'application/json'
      : 'application/octet-stream',
    etag: `"${file.facts.etag}"`,
    'accept-ranges': 'bytes',
    'x-amz-version-id': file.versionId,
  };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const response = { status: 200, headers, body: bytes };
  return range === undefined ? response : ranged(response, range);
}

/** S3's words for objects that it does not give (API reference, "Error responses"). */
const REFUSALS: Readonly<Record<StorageRefusal, string>> = {
  AccessDenied: 'Access Denied',
  InvalidObjectState: "The operation is not valid for the object's storage class",
  'KMS.DisabledException': 'The request was rejected because the specified KMS key is not enabled.',
};

/** A request to the storage: only what a presigned URL opens, and only for as long as it does. */
export function storage(request: EmulatorRequest, context: ApiContext): EmulatorResponse {
  const now = context.now();
  const checked = context.presigner.check(request.url, now);
  if (checked.kind === 'unsigned') return s3Error(403, 'AccessDenied', 'Access Denied');
  if (request.headers['authorization'] !== undefined) {
    return s3Error(
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  if (checked.kind === 'forged' || request.method !== 'GET') {
    return s3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  if (checked.kind === 'expired') {
    const times = `<X-Amz-Expires>${checked.seconds}</X-Amz-Expires><Expires>${new Date(checked.expiredAt).toISOString()}</Expires><ServerTime>${new Date(now).toISOString()}</ServerTime>`;
    return s3Error(403, 'AccessDenied', 'Request has expired', times);
  }
  const file = context.lake.get(checked.fileId);
  if (file === undefined)
    return s3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
  const refused = context.lake.refusalOf(file.fileId);
  if (refused !== undefined)
    return s3Error(refused === 'KMS.DisabledException' ? 400 : 403, refused, REFUSALS[refused]);
  return content(file, request.headers['range']);
}
