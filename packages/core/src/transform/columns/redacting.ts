import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit } from '../../file.ts';
import { parseDocument } from '../document.ts';
import type { Transform } from '../transform.ts';
import type { ColumnPlan } from './plan.ts';

/**
 * A transform that never sees what its rules leave out or hash: neither rows nor kept documents, nor what is said of files that
 * fail, can then hold any of it.
 */
export function redacting<Made extends Transform>(transform: Made, plan: ColumnPlan): Made {
  if (plan.redaction === '') return transform;
  return {
    ...transform,
    fingerprint: `${transform.fingerprint} ${plan.redaction}`,
    redaction: plan.redaction,
    treatmentAt: (path) => plan.treatmentAt(path),
    extract: async (file, content, signal, given) => {
      const admitted = given?.isRedacted === true ? content : redacted(file, content, plan);
      return transform.extract(file, admitted, signal, given);
    },
  };
}

function redacted(file: FileHit, content: Buffer, plan: ColumnPlan): Buffer {
  const document = parseDocument(file, content);
  try {
    return Buffer.from(JSON.stringify(plan.redact(document) ?? null));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The error itself knows nothing of the content.
    throw new SyncError(
      'TRANSFORM_FAILED',
      `What \`columns\` names cannot be taken out of ${describeFile(file)}: it is nested too deeply.`,
      { cause: error },
    );
  }
}
