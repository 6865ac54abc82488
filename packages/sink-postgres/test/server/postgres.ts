import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of a server that lives as long as a test and is reached from this computer only. */
const PASSWORD = 'For-this-test-only-4711';
/** As whom the server runs where the tests run as root, which PostgreSQL refuses: nobody. */
const NOBODY = 65_534;
const READY = /database system is ready to accept connections/;
/** The sessions of a killed server need a moment to notice. */
const STILL_THERE = /pre-existing shared memory block|lock file .* already exists/;

/** A PostgreSQL of a test's own. */
export interface PostgresServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** A `postgres://` URL of one of its databases. */
  url(database: string): string;
  /** SIGKILL: nothing is written any more, and no connection is told. */
  kill(): Promise<void>;
  /** Starts a killed server, which repairs what it finds. */
  start(): Promise<void>;
}

/** How the server is to run. */
export interface ServerOptions {
  /** Where its programs are. */
  readonly bin: string;
  /** Whether it waits for the disk. Without it, it is quick, and a kill of the whole machine would cost data. */
  readonly isDurable?: boolean;
  /** More settings of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files that it is to find among its data, readable for nobody else. */
  readonly files?: readonly string[];
}

/** Makes a server with its data in a temporary folder, on a free port of 127.0.0.1, and starts it. */
export async function startPostgres(options: ServerOptions): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-postgres-'));
  try {
    const server = new LocalServer(folder, options, await freePort());
    await server.initialise();
    await server.start();
    return server;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class LocalServer implements PostgresServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly user = 'tdp';
  readonly password = PASSWORD;
  readonly #folder: string;
  readonly #options: ServerOptions;
  readonly #as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  #process: ChildProcess | undefined;
  #guard: ChildProcess | undefined;

  constructor(folder: string, options: ServerOptions, port: number) {
    this.#folder = folder;
    this.#options = options;
    this.port = port;
  }

  async initialise(): Promise<void> {
    const password = join(this.#folder, 'password');
    await writeFile(password, PASSWORD);
    await this.#own(this.#folder);
    await this.#own(password);
    const how = ['--auth=scram-sha-256', `--pwfile=${password}`, '--encoding=UTF8', '--no-locale'];
    await run(
      join(this.#options.bin, 'initdb'),
      ['-D', this.#data, '-U', this.user, ...how, '--no-sync'],
      { ...this.#as, cwd: this.#folder },
    );
    for (const file of this.#options.files ?? []) await this.#give(file);
  }

  url(database: string): string {
    return `postgres://${this.user}:${this.password}@${this.host}:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    while (!(await this.#launch()));
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGINT');
    this.#guard?.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async #give(file: string): Promise<void> {
    const given = join(this.#data, basename(file));
    await copyFile(file, given);
    await chmod(given, 0o600);
    await this.#own(given);
  }

  async #own(path: string): Promise<void> {
    const { uid, gid } = this.#as;
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  }

  /** Whether it has started: not while the sessions of a killed one are still there. */
  async #launch(): Promise<boolean> {
    const { bin, isDurable = false, settings = {} } = this.#options;
    const quick = isDurable
      ? {}
      : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
    const all = {
      listen_addresses: this.host,
      port: String(this.port),
      unix_socket_directories: '',
      lc_messages: 'C',
      ...quick,
      ...settings,
    };
    const given = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(bin, 'postgres'), ['-D', this.#data, ...given], {
      ...this.#as,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    this.#guard?.kill();
    this.#guard = guard(child.pid ?? 0, this.#folder);
    const said: string[] = [];
    const lines = createInterface({ input: child.stderr });
    for await (const line of lines) {
      said.push(line);
      if (!READY.test(line)) continue;
      // What it says later is read and thrown away, or it would stop when the pipe is full.
      child.stderr.resume();
      return true;
    }
    if (said.some((line) => STILL_THERE.test(line))) return false;
    throw new Error(`The server has not started:\n${said.join('\n')}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

/** Ends the server and removes its data when this process ends without having done so, however it ends: then its input does. */
function guard(pid: number, folder: string): ChildProcess {
  const script = `
    process.stdin.resume().on('end', () => {
      try { process.kill(${pid}, 'SIGQUIT'); } catch {}
      setTimeout(() => require('node:fs').rmSync(${JSON.stringify(folder)}, { recursive: true, force: true }), 1000);
    });`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a folder has the programs of a server. */
export function hasPrograms(bin: string): boolean {
  return ['initdb', 'postgres'].every((name) => existsSync(join(bin, name)));
}
