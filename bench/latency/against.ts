import { writeConfig } from '../config.ts';
import { type BenchServer, type Measured, runCase, startServer } from '../process.ts';
import { runPython, whyNoPython } from '../python.ts';
import { cpuUs, interleaved, medianOf, rate, rateRatio } from '../rounds.ts';

/** tdp-sync against what users write, at a server that takes some time to answer. */
export interface AgainstResult {
  readonly latencyMs: number;
  readonly cases: readonly AgainstCase[];
  /** Files per second at a fixed concurrency, over what this concurrency can reach at this latency. */
  readonly ofBound: number;
  /** LoadDetector per file that tdp-sync provoked with default settings. */
  readonly refusedShare: number;
}

export interface AgainstCase {
  readonly label: string;
  readonly filesPerSecond: number;
  readonly cpuUsPerFile: number;
  readonly peakMiB: number;
  /** tdp-sync's files per second over these: median of the rounds' own ratios. */
  readonly times: number;
}

/** How much is measured. */
export interface AgainstOptions {
  readonly rounds: number;
  readonly files: number;
  /** Files of the run with a fixed concurrency. */
  readonly fixedFiles: number;
  /** Files that are fetched one after the other: their rate is the same for any number. */
  readonly oneByOne: number;
  /** What the server works on at once; beyond, it refuses. */
  readonly cap: number;
}

const BYTES = 2048;
/** With a presigned URL each: the URL, and what it points to. */
const REQUESTS_PER_FILE = 2;
const FIXED = 64;
const LANES = 25;

const LABELS = {
  requests: 'one by one, Python, requests',
  stdlib: "one by one, Python's standard library",
  script: 'one by one, TypeScript, fetch',
  lanes: `${LANES} at once, TypeScript, fetch`,
  fixed: `tdp-sync, ${FIXED} at once`,
  synced: 'tdp-sync, default settings',
} as const;
type Name = keyof typeof LABELS;
type Cases = Partial<Record<Name, () => Promise<Measured>>>;

interface Servers {
  readonly server: BenchServer;
  /** With the files of the run with a fixed concurrency. */
  readonly few: BenchServer;
}

/** Why a case is left out, by its label; empty when all can be run. */
export async function skipped(): Promise<Readonly<Record<string, string>>> {
  const reasons: Record<string, string> = {};
  const python = await whyNoPython('json', 'nothing');
  const requests = await whyNoPython('requests', 'requests');
  if (python !== undefined) reasons[LABELS.stdlib] = python;
  if (requests !== undefined) reasons[LABELS.requests] = requests;
  return reasons;
}

/** Measures all cases at one latency, interleaved, each in a fresh process. */
export async function measureAgainst(
  latencyMs: number,
  options: AgainstOptions,
  left: Readonly<Record<string, string>>,
): Promise<AgainstResult> {
  const { rounds, files, cap } = options;
  await using server = await startServer(files, BYTES, { latencyMs, cap });
  // A run loads all that there is.
  await using few = await startServer(options.fixedFiles, BYTES, { latencyMs, cap });
  const expected = filesOf(options);
  const cases = Object.entries(casesAt({ server, few }, expected)).filter(
    ([name]) => left[LABELS[name as Name]] === undefined,
  );
  let refused = 0;
  const counted = async (name: string, run: () => Promise<Measured>): Promise<Measured> => {
    await server.requests();
    const measured = await run();
    if (measured.files !== expected[name as Name])
      throw new Error(`"${name}" saw ${measured.files} files of ${expected[name as Name]}.`);
    if (name === 'synced') refused += (await server.requests()).refused;
    return measured;
  };
  const runs = await interleaved(
    rounds,
    Object.fromEntries(cases.map(([name, run]) => [name, () => counted(name, run)])),
  );
  const synced = runs['synced'] ?? [];
  const reachable = (FIXED * 1000) / (latencyMs * REQUESTS_PER_FILE);
  return {
    latencyMs,
    cases: Object.entries(runs).map(([name, measured]) => ({
      label: LABELS[name as Name],
      filesPerSecond: medianOf(measured, rate),
      cpuUsPerFile: medianOf(measured, cpuUs),
      peakMiB: medianOf(measured, ({ peakMiB }) => peakMiB),
      times: rateRatio(synced, measured),
    })),
    ofBound: medianOf(runs['fixed'] ?? [], rate) / reachable,
    refusedShare: refused / (files * rounds),
  };
}

function filesOf({ files, fixedFiles, oneByOne }: AgainstOptions): Readonly<Record<Name, number>> {
  return {
    ...{ requests: oneByOne, stdlib: oneByOne, script: oneByOne },
    lanes: Math.min(files, oneByOne * LANES),
    fixed: fixedFiles,
    synced: files,
  };
}

function casesAt({ server, few }: Servers, files: Readonly<Record<Name, number>>): Cases {
  const source = { url: server.url, token: server.auth.auth_token, org: server.auth.org };
  const given = (name: Name, concurrency: number): object => ({
    ...source,
    files: files[name],
    concurrency,
  });
  return {
    requests: () => runPython('./latency/notebook_requests.py', given('requests', 1)),
    stdlib: () => runPython('./latency/notebook_stdlib.py', given('stdlib', 1)),
    script: () => runCase('notebook', given('script', 1)),
    lanes: () => runCase('notebook', given('lanes', LANES)),
    fixed: () => runConfigured(few, { fixed: FIXED }),
    synced: () => runConfigured(server),
  };
}

/** One run into a new database. */
async function runConfigured(server: BenchServer, options: object = {}): Promise<Measured> {
  await using config = await writeConfig(server);
  return await runCase('configured', { config: config.file, ...options });
}
