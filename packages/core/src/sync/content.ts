import type { FileHit } from '../file.ts';
import type { ContentPolicy } from './options.ts';
import type { Task } from './shapes.ts';

/** Whether the content of a task's file becomes rows now. */
export function wantsContent({ hit, decision: { action } }: Task, policy: ContentPolicy): boolean {
  // A file that TDP does not show any more keeps what it has become.
  return action === 'rederive' || (action === 'load' && hasContent(hit, policy));
}

/** Whether a file has content that becomes rows. */
export function hasContent(hit: FileHit, policy: ContentPolicy): boolean {
  if (policy !== 'ids') return policy === 'all';
  return hit.category === undefined ? hit.ids !== undefined : hit.category.toUpperCase() === 'IDS';
}
