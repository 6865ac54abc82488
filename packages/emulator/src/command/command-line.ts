import { Command, InvalidArgumentError } from 'commander';
import { parseSwitches, type Switches } from '../switches.ts';

/** What the command line asks for. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly files: number;
  readonly bytes: number;
  readonly demo: boolean;
  readonly live: boolean;
  readonly everyMs: number;
  readonly latencyMs: number;
  readonly seed: number;
  readonly faultRate: number;
  readonly switches: Partial<Switches>;
  readonly authFile: string | undefined;
  readonly json: boolean;
}

function count(text: string): number {
  const number = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('not a whole number');
  return number;
}

function share(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number <= 1)) throw new InvalidArgumentError('not between 0 and 1');
  return number;
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** Reads the command line. Ends the process for `--help` and for mistakes, as commander does. */
export function parseArgs(argv: readonly string[]): Settings {
  const command = new Command('tdp-emulator')
    .description('A local Tetra Data Platform to try, test and measure against')
    .option('--port <number>', 'port of the API; 0 is a free one', count, 0)
    .option('--host <address>', 'address to listen at', '127.0.0.1')
    .option('--no-demo', 'leave out the demo lab')
    .option('--files <count>', 'add this many small generated documents', count, 0)
    .option('--bytes <number>', 'size of each generated document', count, 2048)
    .option('--live', 'let the demo lab go on working', false)
    .option('--every <ms>', 'time between two events of the live lab', count, 2000)
    .option('--latency <ms>', 'how long each answer takes', count, 0)
    .option('--seed <number>', 'seed of everything that is generated', count, 1)
    .option('--fault-rate <share>', 'share of requests that fail, from 0 to 1', share, 0)
    .option('--switch <name=value>', 'how TDP behaves; see the README', collect, [])
    .option('--auth-file <path>', 'write the credentials there')
    .option('--json', 'print one line of JSON', false)
    .parse([...argv]);
  const given = command.opts<{
    port: number;
    host: string;
    demo: boolean;
    files: number;
    bytes: number;
    live: boolean;
    every: number;
    latency: number;
    seed: number;
    faultRate: number;
    switch: string[];
    authFile?: string;
    json: boolean;
  }>();
  const { every: everyMs, latency: latencyMs, switch: pairs, authFile, ...rest } = given;
  return { ...rest, everyMs, latencyMs, switches: parseSwitches(pairs), authFile };
}
