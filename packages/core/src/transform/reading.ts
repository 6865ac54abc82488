import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import { jsonFault } from './json-fault.ts';
import { type NanPolicy, withoutNan } from './nan.ts';
import { topLevelTexts } from './top-level.ts';
import type { Transform } from './transform.ts';

/** How content is read, whatever is made of it. */
export interface ReadingOptions {
  /** What becomes of `NaN`, `Infinity` and `-Infinity`, which Python writes. Default `fail`. */
  readonly nan?: NanPolicy;
  /** Whether the content must be of the IDS type that TDP names for the file, where it names one. Default true. */
  readonly checkIds?: boolean;
}

/**
 * A transform to which content comes as these rules have it: rows, whole documents and what `verify` compares are made of the
 * same. Its fingerprint stays: the rules say which files fail, and to make the rows of all files anew for that would be wrong.
 */
export function reading(transform: Transform, options: ReadingOptions = {}): Transform {
  const { nan = 'fail', checkIds = true } = options;
  return {
    ...transform,
    extract: async (file, content, signal, given) => {
      const read = nan === 'fail' ? content : withoutNan(content, nan);
      const reason = checkIds ? idsFault(file, read) : undefined;
      // What is no JSON is told better by whoever reads it.
      if (reason === undefined || jsonFault(read) !== undefined)
        return transform.extract(file, read, signal, given);
      throw new SyncError(
        'DOCUMENT_INVALID',
        `The content of ${describeFile(file)} is not the IDS that TDP names for it: ${reason}. If that is right, set checkIds: false.`,
      );
    },
  };
}

const NAMES = ['@idsType', '@idsNamespace'] as const;

/** Versions are not compared: which one TDP names for a file says how it is indexed, and a document may be ahead of that. */
function idsFault(file: FileHit, content: Buffer): string | undefined {
  const { type, namespace } = idsOfHit(file);
  if (type === undefined) return undefined;
  const said = topLevelTexts(content, NAMES);
  const [saidType, saidNamespace] = NAMES.map((name) => said.get(name));
  if (saidType === undefined)
    return 'it has no "@idsType", so it may be what a gateway answered in its place';
  if (saidType !== type) return 'its "@idsType" is another';
  const isOther =
    namespace !== undefined && saidNamespace !== undefined && saidNamespace !== namespace;
  return isOther ? 'its "@idsNamespace" is another' : undefined;
}

/** `ids` is `namespace/type:version`. */
function idsOfHit({ ids, idsType }: FileHit): {
  readonly type: string | undefined;
  readonly namespace: string | undefined;
} {
  const parts = /^([^/]+)\/(.+):[^:]*$/s.exec(ids ?? '');
  return { type: idsType ?? parts?.[2], namespace: parts?.[1] };
}
