import { type EmulatorResponse, json, jsonText, refusal } from '../messages.ts';
import { shareOf } from '../random.ts';
import { errorBody, SearchError } from '../search/errors.ts';
import type { SearchResult } from '../search/search.ts';
import type { Switches } from '../switches.ts';
import type { ApiCall, ApiContext } from './context.ts';

const SHARDS = 9;
const TOOK_MS = 4;

function totalJson(result: SearchResult, switches: Switches): string {
  const { total, request } = result;
  const track = request.trackTotal;
  if (switches.totalHits === 'integer') return `"total":${track === false ? -1 : total},`;
  if (track === false) return '';
  const cap = typeof track === 'number' ? track : track === true ? 0 : switches.totalHitsCap;
  const over = cap > 0 && total > cap;
  return `"total":{"value":${over ? cap : total},"relation":"${over ? 'gte' : 'eq'}"},`;
}

/** A page as a TDP might give it that does not keep Elasticsearch's promises. */
function disturbed(hits: readonly string[], body: string, switches: Switches): readonly string[] {
  let page = hits;
  if (page.length > 1 && shareOf(body, 17) < switches.shortPages) {
    page = page.slice(0, Math.ceil(page.length / 2));
  }
  if (page.length > 1 && shareOf(body, 19) < switches.unorderedPages) page = page.toReversed();
  return page;
}

function refuse(error: SearchError, switches: Switches): EmulatorResponse {
  if (switches.searchErrors === 'elasticsearch') return json(error.status, errorBody(error));
  return refusal(error.status, `[${error.type}] ${error.message}`);
}

/** `POST /v1/datalake/searchEql`. */
export function searchEql(call: ApiCall, context: ApiContext): EmulatorResponse {
  const { switches } = context;
  const { rule, text: token } = call.token;
  const body = Buffer.from(call.request.body).toString();
  const indices = call.query.getAll('index').flatMap((names) => names.split(','));
  let result: SearchResult;
  try {
    result = context.engine.search(body, {
      now: context.now(),
      accessKey: rule === undefined ? '' : token,
      maySee: rule === undefined ? () => true : (doc) => rule(doc.file),
      indices: indices.filter((name) => name !== ''),
    });
  } catch (error) {
    if (error instanceof SearchError) return refuse(error, switches);
    throw error;
  }
  const hits = disturbed(result.hits, body, switches);
  const aggregations =
    result.aggregations === undefined
      ? ''
      : `,"aggregations":${JSON.stringify(result.aggregations)}`;
  return jsonText(
    200,
    `{"took":${TOOK_MS},"timed_out":false,` +
      `"_shards":{"total":${SHARDS},"successful":${SHARDS},"skipped":0,"failed":0},` +
      `"hits":{${totalJson(result, switches)}"max_score":${result.maxScore},"hits":[${hits.join(',')}]}${aggregations}}`,
  );
}
