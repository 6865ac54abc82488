import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { type SinkCase, type SinkHarness, sinkCases } from '@tdp-sync/sink/conformance';
import { loadConfig } from '../config/load.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { printResults } from '../render/results.ts';
import { importSink } from '../sinks.ts';

/** Options of `tdp-sync conformance`. */
export interface ConformanceOptions {
  readonly config: string;
  /** Only cases whose name has this text in it. */
  readonly only?: string;
  /** Seconds that one case may take. */
  readonly timeout?: number;
  readonly json: boolean;
}

interface CaseResult {
  /** Among all cases, from 1. */
  readonly number: number;
  readonly name: string;
  readonly passed: boolean;
  readonly error?: string;
}

/** Tries the config's sink against every obligation of the contract, in scratch databases of its own. */
export async function conformance(options: ConformanceOptions, console: Console): Promise<number> {
  const { only = '', timeout, json } = options;
  const { config, baseDir, sinkConfig } = await loadConfig(options.config, console);
  const module = await importSink(config.sink.type, '/conformance', baseDir);
  const harness = module['harness'];
  if (typeof harness !== 'function') {
    throw new CliError(
      `The sink "${config.sink.type}" brings no harness for the conformance suite: its "/conformance" exports no function "harness".`,
    );
  }
  const limit = timeout === undefined ? {} : { timeoutMs: timeout * 1000 };
  const all = [...sinkCases((await harness(sinkConfig)) as SinkHarness, limit).entries()];
  const asked = all.filter(([, { name }]) => name.includes(only));
  if (asked.length === 0) throw new CliError(`No case has "${only}" in its name.`);
  const results: CaseResult[] = [];
  for (const [at, one] of asked) {
    const result = await tried(at + 1, one);
    results.push(result);
    if (!json) print(console, ...linesOf(result));
  }
  const failed = results.filter(({ passed }) => !passed).length;
  if (json) printResults(console, 'conformance', results);
  else print(console, `${results.length - failed} of ${results.length} cases passed.`);
  return failed === 0 ? ExitCode.complete : ExitCode.unexpected;
}

async function tried(number: number, { name, run }: SinkCase): Promise<CaseResult> {
  try {
    await run();
    return { number, name, passed: true };
  } catch (error) {
    return { number, name, passed: false, error: messageOf(error) };
  }
}

/** Longest text of a value that a message shows. */
const SHOWN = 400;

/** What was seen, and what was to be seen where the message does not say it. */
function messageOf(error: unknown): string {
  if (!(error instanceof AssertionError))
    return error instanceof Error ? error.message : inspect(error);
  const { message, generatedMessage, expected, actual } = error;
  // Its own words are a picture of both values, line by line.
  const said = generatedMessage ? 'Not as it should be.' : message;
  return `${said}\nexpected: ${shown(expected)}\nfound: ${shown(actual)}`;
}

function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 6,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 20,
  });
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
}

/** Of an error, the first lines: an assertion may show long texts. */
function linesOf({ number, name, passed, error }: CaseResult): readonly string[] {
  const told = error?.split('\n').slice(0, 6) ?? [];
  const indent = ' '.repeat(13);
  return [
    `${passed ? 'ok    ' : 'FAILED'} ${String(number).padStart(3)}  ${name}`,
    ...told.map((line) => `${indent}${line}`),
  ];
}
