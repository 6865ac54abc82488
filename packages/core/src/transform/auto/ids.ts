import { isObject } from '../../exact-json.ts';
import type { FileHit } from '../../file.ts';
import { storableText } from '../../json.ts';
import { keyName } from './names.ts';

/** An IDS, such as `common`, `cell-counter`, `v8.0.0`. */
export interface Ids {
  readonly namespace: string | undefined;
  readonly type: string;
  readonly version: string | undefined;
}

/** The IDS that a document says it is of, else the one that TDP says. */
export function idsOf(document: unknown, file: FileHit): Ids | undefined {
  const head = isObject(document) ? document : {};
  const type = textOf(head['@idsType']) ?? textOf(file.idsType);
  if (type === undefined) return undefined;
  return {
    type,
    version: textOf(head['@idsVersion']) ?? textOf(file.idsVersion),
    namespace: textOf(head['@idsNamespace']) ?? namespaceOf(file.ids),
  };
}

/** What the set of tables is called that all documents of one type and major version share. */
export function layoutName({ type, version }: Ids): string {
  const text = version === undefined ? type : `${type} ${majorOf(version)}`;
  return storableText(text);
}

/** What the names of these tables begin with: TDP's `<idsType>_v<major>`. */
export function baseName({ type, version }: Ids): string {
  return version === undefined ? keyName(type) : `${keyName(type)}_${keyName(majorOf(version))}`;
}

/** `v8` of `v8.0.0`. What is no such version stays as it is. */
function majorOf(version: string): string {
  const major = /^v?(\d+)(?![^.])/i.exec(version)?.[1];
  return major === undefined ? version : `v${major}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `common` in `common/cell-counter:v8.0.0`. */
function namespaceOf(ids: string | undefined): string | undefined {
  const slash = ids?.indexOf('/') ?? -1;
  return slash < 1 ? undefined : ids?.slice(0, slash);
}
