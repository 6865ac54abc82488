import { type Clocks, isDoubted, readClocks, systemClock, tokenExpiryMs } from '@tdp-sync/core';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print, tell } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import { clockSentences, difference } from '../render/clocks.ts';
import { columnsOf } from '../render/columns.ts';
import { groupText } from '../render/failures.ts';
import { counted, moment, span } from '../render/format.ts';
import { printResults } from '../render/results.ts';
import { StatusLine } from '../render/status-line.ts';
import { sentenceTable } from '../render/wrap.ts';
import { openSource, type TdpSource } from '../sync/source.ts';
import { transformOf } from '../sync/transform.ts';
import { wholeQuery } from '../sync/whole-query.ts';
import { checkPublish } from './check-publish.ts';
import { checkQueue } from './check-queue.ts';
import { checkSink } from './check-sink.ts';
import { type Finding, failed, ok, tried, warning } from './finding.ts';
import { previewSync } from './preview.ts';

/** Options of `tdp-sync check`. */
export interface CheckOptions {
  readonly config: string;
  readonly json: boolean;
}

/** Files per sync that are put through its tables. */
const SAMPLES = 3;
const SHOWN_TABLES = 5;
const SOON_MS = 24 * 3_600_000;

/** Tries config, credentials, TDP's search for each sync, clocks, the sink, and the queue of `serve`. What it writes to the database on trial is gone when it ends. */
export async function check(options: CheckOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  const findings: Finding[] = [ok('config', loaded.file)];
  using waiting = new StatusLine(console);
  const transforms = await checkTransforms(loaded, console);
  findings.push(...transforms);
  const broken = transforms.filter(({ result }) => result === 'failed').map(({ check: of }) => of);
  findings.push(...(await checkSource(loaded, broken, console, waiting)));
  waiting.say('writing to the database on trial');
  const sink = await tried('sink', () => checkSink(loaded));
  // A database that cannot be opened would only be told of once more.
  findings.push(sink, ...(sink.result === 'failed' ? [] : await checkPublish(loaded)));
  waiting.say('asking the queue that replicas share');
  findings.push(...(await checkQueue(loaded)));
  waiting.end();
  if (options.json)
    printResults(
      console,
      'check',
      findings.map(({ check: name, result, detail }) => ({ check: name, result, detail })),
    );
  else
    print(
      console,
      ...sentenceTable(
        ['Check', 'Result', 'Detail'],
        findings.map(({ check: name, result, detail }) => [name, result, detail]),
        columnsOf(console),
      ),
    );
  return findings.find(({ result }) => result === 'failed')?.exitCode ?? ExitCode.complete;
}

/** Whether the modules of the transforms can be used, though there may be no file yet to try them on. */
async function checkTransforms(
  loaded: LoadedConfig,
  console: Console,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, config] of Object.entries(loaded.config.syncs)) {
    if (config.transform === undefined) continue;
    const check = transformCheck(name);
    const found = await tried(check, async () => {
      await using transform = await transformOf(name, config, loaded, {
        schemas: async () => undefined,
        onOutput: (line) => tell(console, `${name}: ${line}`),
      });
      const tables = transform.declared.map(({ name: table }) => table);
      return ok(check, `${config.transform} gives ${shownTables(tables)}`);
    });
    findings.push(found);
  }
  return findings;
}

function transformCheck(sync: string): string {
  return `transform ${sync}`;
}

async function checkSource(
  loaded: LoadedConfig,
  broken: readonly string[],
  console: Console,
  waiting: StatusLine,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    await using source = await openSource(loaded);
    if (source.remark !== undefined) findings.push(warning('open files', source.remark));
    waiting.say('asking TDP who the token is');
    const token = await checkToken(source);
    findings.push(token);
    // Each search would say the same.
    if (token.result === 'failed') return findings;
    const clocks: Finding[] = [];
    const { clockTolerance } = loaded.config.source;
    for (const [name, config] of Object.entries(loaded.config.syncs)) {
      waiting.say(`asking TDP for the files of ${name}`);
      const { search, clock } = await checkSearch(name, config, source, clockTolerance);
      findings.push(search);
      clocks.push(...clock);
      // Without its transform, each file would only say the same once more.
      if (search.result === 'ok' && !broken.includes(transformCheck(name))) {
        waiting.say(`making tables of a few files of ${name}`);
        const tables = await checkTables(name, config, loaded, source, console);
        findings.push(tables);
      }
    }
    findings.push(...clocks.slice(0, 1));
  } catch (error) {
    findings.push(failed('source', error));
  }
  return findings;
}

async function checkToken(source: TdpSource): Promise<Finding> {
  const { token, org } = await source.credentials();
  const expiryMs = tokenExpiryMs(token);
  const leftMs = expiryMs === undefined ? undefined : expiryMs - Date.now();
  if (leftMs !== undefined && leftMs <= 0) {
    return {
      check: 'token',
      result: 'failed',
      detail: `expired ${moment(expiryMs)}; put a new one into the auth file or the environment`,
      exitCode: ExitCode.access,
    };
  }
  return tried('token', async () => {
    const who = await source.client.whoami();
    const accepted =
      who === undefined ? 'read; TDP does not say whose it is' : `TDP takes it as ${who}`;
    const detail = `${accepted}; organisation ${org}; ${lifeOf(expiryMs, leftMs)}`;
    if (leftMs === undefined || leftMs > SOON_MS) return ok('token', detail);
    return warning('token', `${detail}. For unattended runs use a service user's token`);
  });
}

function lifeOf(expiryMs: number | undefined, leftMs: number | undefined): string {
  if (expiryMs === undefined || leftMs === undefined) return 'it names no end of its life';
  return `valid until ${moment(expiryMs)}, another ${span(leftMs)}`;
}

/** Whether a few files become what the config wants. */
function checkTables(
  name: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  source: TdpSource,
  console: Console,
): Promise<Finding> {
  const check = `tables ${name}`;
  return tried(check, async () => {
    const { files, tables, failures, unmatched, isAllFailed } = await previewSync(
      ...([name, config, loaded, source, SAMPLES, console] as const),
    );
    const problems = [...failures.map(groupText), ...unmatched];
    if (isAllFailed)
      return {
        ...{ check, result: 'failed', exitCode: ExitCode.someFilesFailed },
        detail: `none of the sampled files can be loaded: ${problems.join('; ')}`,
      };
    if (problems.length > 0)
      return warning(check, `of ${counted(files, 'file')}: ${problems.join('; ')}`);
    const names = tables.map(({ table: { name: one } }) => one);
    return ok(check, `${counted(files, 'sampled file')} become ${shownTables(names)}`);
  });
}

function shownTables(names: readonly string[]): string {
  const rest = names.length > SHOWN_TABLES ? ` and ${names.length - SHOWN_TABLES} more` : '';
  return names.slice(0, SHOWN_TABLES).join(', ') + rest;
}

async function checkSearch(
  name: string,
  config: SyncConfig,
  source: TdpSource,
  toleranceMs: number,
): Promise<{ readonly search: Finding; readonly clock: readonly Finding[] }> {
  const clock: Finding[] = [];
  const { since } = config;
  const check = `search ${name}`;
  const search = await tried(check, async () => {
    const how = { clock: systemClock, toleranceMs };
    const { survey, clocks } = await readClocks(source.client, wholeQuery(config), how);
    clock.push(checkClock(clocks));
    const { count, newestMs } = survey;
    if (since !== undefined && since >= clocks.nowMs)
      return warning(
        check,
        `there is nothing to do before ${moment(since)} (since): by the clocks it is ${moment(clocks.nowMs)}`,
      );
    const from = since === undefined ? '' : ` from ${moment(since)} (since) on`;
    if (count === 0)
      return warning(
        check,
        `TDP shows no file for this filter${from}; is it too narrow, or does the token see less than you?`,
      );
    return ok(check, `${counted(count, 'file')}${from}, the newest indexed ${moment(newestMs)}`);
  });
  return { search, clock };
}

/** By which clock windows go, and why. */
function checkClock(clocks: Clocks): Finding {
  if (!isDoubted(clocks)) return ok('clock', difference(clocks));
  return warning('clock', clockSentences(clocks).join('; '));
}
