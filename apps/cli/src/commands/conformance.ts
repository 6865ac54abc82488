import { type SinkHarness, sinkCases } from '@tdp-sync/sink/conformance';
import { loadConfig } from '../config/load.ts';
import { type Console, print, printJson } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { importSink } from '../sinks.ts';

/** Options of `tdp-sync conformance`. */
export interface ConformanceOptions {
  readonly config: string;
  readonly json: boolean;
}

interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly error?: string;
}

/** Tries the config's sink against every obligation of the contract, in scratch databases of its own. */
export async function conformance(options: ConformanceOptions, console: Console): Promise<number> {
  const { config, baseDir, sinkConfig } = await loadConfig(options.config, console);
  const module = await importSink(config.sink.type, '/conformance', baseDir);
  const harness = module['harness'];
  if (typeof harness !== 'function') {
    throw new CliError(
      `The sink "${config.sink.type}" brings no harness for the conformance suite: its "/conformance" exports no function "harness".`,
    );
  }
  const results: CaseResult[] = [];
  for (const { name, run } of sinkCases((await harness(sinkConfig)) as SinkHarness)) {
    const result = await tried(name, run);
    results.push(result);
    if (!options.json) print(console, ...linesOf(result));
  }
  const failed = results.filter(({ passed }) => !passed).length;
  if (options.json) printJson(console, results);
  else print(console, `${results.length - failed} of ${results.length} cases passed.`);
  return failed === 0 ? ExitCode.complete : ExitCode.unexpected;
}

async function tried(name: string, run: () => Promise<void>): Promise<CaseResult> {
  try {
    await run();
    return { name, passed: true };
  } catch (error) {
    return {
      name,
      passed: false,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Of an error, the first lines: an assertion may show long texts. */
function linesOf({ name, passed, error }: CaseResult): readonly string[] {
  const told = error?.split('\n').slice(0, 6) ?? [];
  return [`${passed ? 'ok    ' : 'FAILED'} ${name}`, ...told.map((line) => `         ${line}`)];
}
