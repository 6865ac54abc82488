import type { Doc } from '../lake/doc.ts';
import type { FileVersion, JsonObject, LakeFile } from '../lake/file.ts';
import { type EmulatorResponse, json, refusal } from '../messages.ts';
import { hashText } from '../random.ts';
import { sourceOf } from '../search/source.ts';
import type { ApiCall, ApiContext } from './context.ts';

/** The record of a version as it stands in the lake, which may be ahead of the search. */
function record(file: FileVersion, org: string): JsonObject {
  const doc: Doc = {
    file: file as LakeFile,
    fileId: file.fileId,
    indexedAt: file.indexedAt,
    labels: file.labels,
    outdated: file.superseded,
    flaggedDeleted: file.deleted,
    twin: false,
    lineage: 0,
    written: undefined,
  };
  const { data: _data, ...rest } = sourceOf(doc, org);
  const labels = file.labels.map(({ name, value }) => ({
    id: hashText(`${file.fileId} ${name} ${value}`),
    name,
    value,
  }));
  return { ...rest, labels, deleted: file.deleted };
}

/** `GET /v1/fileinfo/file/{fileId}` and `…/versions`. */
export function fileinfo(call: ApiCall, context: ApiContext): EmulatorResponse {
  const [, fileId = '', versions] =
    /^\/fileinfo\/file\/([^/]+)(\/versions)?$/.exec(call.path) ?? [];
  const file = context.lake.get(decodeURIComponent(fileId));
  if (file === undefined || (file.deleted && !context.switches.fileinfoShowsDeleted)) {
    return refusal(404, `File not found: ${fileId}`);
  }
  if (file.hidden || call.token.rule?.(file) === false) {
    return refusal(403, 'You do not have access to this file');
  }
  if (versions === undefined) return json(200, record(file, context.org));
  const all = context.lake.versions(file.path).toReversed();
  return json(
    200,
    all.map((version) => record(version, context.org)),
  );
}
