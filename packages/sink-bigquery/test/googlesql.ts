import { execFile, spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** GoogleSQL's own analyser, as a server: 107 MB, so it is no dependency but is put into a cache folder once. */
const PACKAGE = '@fivetrandevelopers/zetasql';
const VERSION = '1.13.0';
const run = promisify(execFile);

/** Columns by table, each with its type as the analyser names it. */
export type Catalog = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A running analyser. */
export interface Analyser extends AsyncDisposable {
  /** Rejects with what is wrong with a statement. */
  analyse(statement: string, parameters: Readonly<Record<string, 'text' | 'texts'>>): Promise<void>;
  /** Rejects with what is wrong with the form of a script. */
  parse(script: string): Promise<void>;
}

/** The folder with the analyser, or why there is none. */
export async function findAnalyser(): Promise<{ folder?: string; reason?: string }> {
  if (process.platform !== 'linux') return { reason: `${PACKAGE} is used on Linux only` };
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', `zetasql-${VERSION}`);
  const binary = join(folder, 'node_modules', PACKAGE, 'lib/zetasql/remote_server.so');
  try {
    await access(binary);
  } catch {
    try {
      await mkdir(folder, { recursive: true });
      const packages = [`${PACKAGE}@${VERSION}`, '@grpc/grpc-js@1', '@grpc/proto-loader@0'];
      const given = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
      await run('npm', [...given, ...packages], { cwd: folder });
      await access(binary);
    } catch (error) {
      return { reason: `${PACKAGE} cannot be installed: ${String(error).split('\n')[0]}` };
    }
  }
  return { folder };
}

type Call = (request: unknown, answer: (error: Error | null, response: unknown) => void) => void;

/** Starts the analyser with a catalog. */
export async function startAnalyser(folder: string, catalog: Catalog): Promise<Analyser> {
  const require = createRequire(join(folder, 'index.js'));
  const grpc = require('@grpc/grpc-js');
  const loader = require('@grpc/proto-loader');
  const home = join(folder, 'node_modules', PACKAGE, 'lib/zetasql');
  const port = await freePort();
  const suffix = process.arch === 'arm64' ? '_arm' : '';
  const child = spawn(join(home, `remote_server${suffix}.so`), ['127.0.0.1', String(port)], {
    stdio: 'ignore',
  });
  const definition = loader.loadSync(join(home, 'protos/local_service.proto'), {
    defaults: true,
    oneofs: true,
    longs: String,
    enums: String,
    includeDirs: [join(home, 'protos'), home],
  });
  const loaded = grpc.loadPackageDefinition(definition);
  const Service = serviceIn(loaded);
  const client = new Service(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = (name: string, request: unknown): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const method: Call = client[name].bind(client);
      method(request, (error, response) => {
        if (error) reject(error);
        else resolve(response as Record<string, unknown>);
      });
    });
  const languageOptions = await languageOf(call);
  const simpleCatalog = catalogOf(catalog, languageOptions);
  return {
    analyse: async (sqlStatement, parameters) => {
      const queryParameters = Object.entries(parameters).map(([name, kind]) => ({
        name,
        type:
          kind === 'text' ? STRING : { typeKind: 'TYPE_ARRAY', arrayType: { elementType: STRING } },
      }));
      const options = { languageOptions, parameterMode: 'PARAMETER_NAMED', queryParameters };
      await call('Analyze', { options, simpleCatalog, sqlStatement });
    },
    parse: async (sqlStatement) => {
      await call('Parse', { sqlStatement, allowScript: true, options: languageOptions });
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      child.kill('SIGKILL');
    },
  };
}

const STRING = { typeKind: 'TYPE_STRING' };

interface LanguageOptions {
  supportedStatementKinds: unknown[];
  productMode: string;
  enabledLanguageFeatures: string[];
}

async function languageOf(
  call: (name: string, request: unknown) => Promise<Record<string, unknown>>,
): Promise<LanguageOptions> {
  for (const until = Date.now() + 10_000; ; ) {
    try {
      const found = await call('GetLanguageOptions', { maximumFeatures: true });
      const options = found as unknown as LanguageOptions;
      return {
        ...options,
        // Empty: all kinds. The default allows SELECT only.
        supportedStatementKinds: [],
        productMode: 'PRODUCT_EXTERNAL',
        // More than BigQuery has, and less.
        enabledLanguageFeatures: options.enabledLanguageFeatures
          .filter((feature) => feature !== 'FEATURE_TIMESTAMP_NANOS')
          .concat('FEATURE_ALTER_COLUMN_SET_DATA_TYPE'),
      };
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

function catalogOf(catalog: Catalog, languageOptions: LanguageOptions): unknown {
  const typeOf = (type: string) =>
    type === 'TEXTS'
      ? { typeKind: 'TYPE_ARRAY', arrayType: { elementType: STRING } }
      : { typeKind: `TYPE_${type === 'FLOAT64' ? 'DOUBLE' : type}` };
  return {
    name: 'bigquery',
    builtinFunctionOptions: { languageOptions },
    table: Object.entries(catalog).map(([name, columns], at) => ({
      name,
      serializationId: at + 1,
      column: Object.entries(columns).map(([column, type]) => ({
        name: column,
        type: typeOf(type),
      })),
    })),
  };
}

/** The one service of the package, however its name is spelt. */
// biome-ignore lint/suspicious/noExplicitAny: what a loader makes of a file at run time has no types.
function serviceIn(found: any): any {
  for (const [name, value] of Object.entries(found)) {
    if (typeof value === 'function' && name.endsWith('LocalService')) return value;
    if (typeof value === 'object' && value !== null && !('format' in value)) {
      const inner = serviceIn(value);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
