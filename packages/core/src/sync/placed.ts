import { stateConflict } from '@tdp-sync/sink';
import { isConflict } from '../position/fence.ts';
import type { CatalogSnapshot } from '../tables/snapshot.ts';
import type { Run } from './run.ts';
import type { Draft } from './shapes.ts';

/** Times that drafts are placed anew, since another worker has added to the catalogue each time. */
const MOST_TRIES = 20;

/** Drafts, and the catalogue in which their rows have found their tables. */
export interface Placed {
  readonly catalog: CatalogSnapshot;
  readonly drafts: readonly Draft[];
}

/**
 * The drafts by the catalogue as it is stored by then, with all that they need. Where another worker has added to it meanwhile, they find
 * their tables in what that one has made of it: nothing is retrieved again.
 *
 * @throws SinkError `STATE_CONFLICT` when others are faster again and again, or somebody is where there are no other workers.
 */
export async function placed(run: Run, drafts: readonly Draft[]): Promise<Placed> {
  for (let attempt = 1; ; attempt += 1) {
    const current = drafts.map((draft) => placedAnew(run, draft));
    try {
      return { catalog: await run.catalog.save(), drafts: current };
    } catch (error) {
      if (!run.isShared || !isConflict(error) || attempt === MOST_TRIES) throw error;
      await run.catalog.readAnew();
    }
  }
}

function placedAnew(run: Run, draft: Draft): Draft {
  const { placed } = draft;
  if (placed === undefined || placed.reading === run.catalog.readings) return draft;
  const anew = placed.anew();
  // What has no place in the tables of another worker is for a run that begins with them.
  if (anew?.placed === undefined) throw stateConflict(`${run.name}#tables`);
  return anew;
}
