import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** A file is only said to be refused by the database if that is what the database does. */
export function expectRefused(watch: Watch, world: World): void {
  const nothing = world.picky.hasRelentedSince(watch.startedMs)
    ? watch.count(/^sink picky: the database accepts nothing/)
    : 0;
  const chances = watch.count(/^sink refused$/) + nothing;
  for (const event of watch.events) {
    if (event.type !== 'file-failed' || event.error.code !== 'ROWS_REFUSED') continue;
    // By chance it may have been refused twice running.
    if (chances >= 2 || keysOf(event.fileId, world).some((key) => world.picky.refuses(key)))
      continue;
    throw new Violation(`${event.path} is said to be refused, but the database holds it`);
  }
}

/** Of a file that may have moved. */
function keysOf(fileId: string, { lab, engine }: World): readonly string[] {
  const path = lab.byFileId.get(fileId)?.file.path;
  const buckets = new Set([...lab.byFileId.values(), ...lab.left].map(bucketOf));
  return [...buckets].map((bucket) => engine.fileKey({ bucket, path, fileId }));
}

/** Where nothing at all could be had, that is the source's failure and not that of the files, but for a few at the end. */
export function expectNoBlame(watch: Watch, { scenario }: World): void {
  const { consecutiveFailures } = scenario.settings;
  // What is gone, or larger than a file may be, is known although nothing was given.
  const isKnown = watch.count(/^(?:retrieve|storage) (?:404|410|endless)$/) > 0;
  if (watch.kind !== 'sync' || watch.had > 0 || watch.stopped || isKnown) return;
  // Files whose rows are made anew are counted for themselves.
  if (watch.refusals >= 2 * consecutiveFailures)
    throw new Violation(`of nothing that could be had ${watch.refusals} files are called failed`);
}

function bucketOf(
  place: World['lab']['left'][number] | { readonly file: { readonly bucket: string } },
): string {
  return 'file' in place ? place.file.bucket : place.bucket;
}
