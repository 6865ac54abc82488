const RESET = '"tdp-sync reset <sync> --yes", then "tdp-sync run"';
const ONLY = '"-s <sync>"';
const PREVIEW = '"tdp-sync preview"';
const LOUDER = '"--log-level debug"';
const QUIETER = '"--log-level warn"';
const SERVE = '"tdp-sync serve"';
const CHECK = '"tdp-sync check"';
const VERIFY = '"tdp-sync verify"';
const STATUS = '"tdp-sync status"';
const RUN = '"tdp-sync run"';

/** What other tools call what there is here: of dbt, dlt, Airbyte, Meltano, Fivetran, rsync and terraform. */
const WORDS: Readonly<Record<string, string>> = {
  '--full-refresh': RESET,
  '--full-reload': RESET,
  '--refresh': RESET,
  '--select': ONLY,
  '--models': ONLY,
  '--only': ONLY,
  '--stream': ONLY,
  '--streams': ONLY,
  '--dry-run': PREVIEW,
  '--plan': '"tdp-sync plan"',
  '--limit': '"tdp-sync preview --files <count>"',
  '--verbose': LOUDER,
  '-v': LOUDER,
  '--debug': LOUDER,
  '--quiet': QUIETER,
  '-q': QUIETER,
  '--watch': SERVE,
  '--daemon': SERVE,
  '--interval': 'the setting "every" of a sync',
  '--schedule': 'the setting "every" of a sync',
  '--since': 'the setting "since" of a sync',
  '--start-date':
    'the setting "since" of a sync, and for one stretch of time "tdp-sync run --from <date> --to <date>"',
  '--threads': 'the setting "concurrency" of source',
  '--concurrency': 'the setting "concurrency" of source',
  '--profile': '"--config <file>"',
  '--file': '"--config <file>"',
  sync: RUN,
  start: SERVE,
  daemon: SERVE,
  watch: SERVE,
  doctor: CHECK,
  debug: CHECK,
  estimate: '"tdp-sync plan"',
  test: CHECK,
  validate: CHECK,
  discover: PREVIEW,
  show: PREVIEW,
  diff: VERIFY,
  compare: VERIFY,
  list: STATUS,
  state: STATUS,
  refresh: RESET,
  backfill: '"tdp-sync run --from <date> --to <date>"',
  remove: '"tdp-sync drop <sync>"',
  delete: '"tdp-sync drop <sync>"',
};

/** All that is said of them. */
export const hints: readonly string[] = Object.values(WORDS);

/** An error of the command line. Who has used a word of another tool is told what it is here, and not what looks like it. */
export function withHint(error: string): string {
  const [, word = ''] = /unknown (?:option|command) '([^'=]+)/.exec(error) ?? [];
  if (!Object.hasOwn(WORDS, word)) return error;
  return `${error.replace(/\(Did you mean [^)]*\)/, '').trimEnd()}\nHere it is ${WORDS[word]}.\n`;
}
