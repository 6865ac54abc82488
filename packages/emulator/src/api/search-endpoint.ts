import { type EmulatorResponse, json, jsonText, refusal } from '../messages.ts';
import { shareOf } from '../random.ts';
import { errorBody, failuresJson, SearchError } from '../search/errors.ts';
import type { SearchResult } from '../search/search.ts';
import type { Switches } from '../switches.ts';
import type { ApiCall, ApiContext } from './context.ts';

const TOOK_MS = 4;

function totalJson(result: SearchResult, switches: Switches): string {
  const { total, request } = result;
  const track = request.trackTotal;
  if (switches.totalHits === 'integer') return `"total":${track === false ? -1 : total},`;
  if (track === false) return '';
  const cap =
    typeof track === 'number'
      ? track
      : track === true
        ? Infinity
        : switches.totalHitsCap || Infinity;
  const over = total > cap;
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
  return refusal(error.status, error.inOneLine);
}

function shardsJson({ shards, failures }: SearchResult): string {
  const { total, failed } = shards;
  const told = failed === 0 ? '' : `,"failures":${JSON.stringify(failuresJson(failures))}`;
  return `{"total":${total},"successful":${total - failed},"skipped":0,"failed":${failed}${told}}`;
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
      `"_shards":${shardsJson(result)},` +
      `"hits":{${totalJson(result, switches)}"max_score":${result.maxScore},"hits":[${hits.join(',')}]}${aggregations}}`,
  );
}
