import { z } from 'zod';
import { NAME_BYTES } from './names.ts';
import { readUrl, urlProblem } from './url.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(\d{1,6})(ms|s|m|h)$/;

const text = z.string().min(1);
const duration = z.string().regex(DURATION, 'expected a duration such as 15s or 10m');
const secret = 'Write ${NAME}: the config takes it from the environment or from a .env file.';

/** How the connection is encrypted, in the words of libpq. */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

const settings = z.strictObject({
  url: text
    .optional()
    .describe(
      `postgres://user:password@host:5432/database?sslmode=verify-full instead of the parts below. ${secret}`,
    ),
  host: text
    .optional()
    .describe('Host name of the server, or the folder of its socket. Not together with url.'),
  port: z.int().min(1).max(65_535).default(5_432).describe('Its TCP port.'),
  database: text.optional().describe('The database that holds all tables. It must exist, in UTF8.'),
  user: text.optional().describe('The role that logs in.'),
  password: text
    .optional()
    .describe(`Its password. ${secret} Left out: passwordFile, PGPASSWORD or ~/.pgpass.`),
  passwordFile: text
    .optional()
    .describe(
      'A file that holds nothing but the password; read anew for each connection. Relative to the config file.',
    ),
  passwordCommand: z
    .array(text)
    .min(1)
    .optional()
    .describe(
      'A program and its arguments, whose output is the password: for tokens that expire, as those of AWS IAM. Run for each connection, without a shell.',
    ),
  schema: text
    .refine((name) => Buffer.byteLength(name) <= NAME_BYTES, `has more than ${NAME_BYTES} bytes`)
    .refine((name) => !name.startsWith('pg_'), 'is reserved by PostgreSQL: it begins with pg_')
    .default('public')
    .describe('The schema that holds all tables. Created when missing.'),
  ssl: z
    .enum(SSL_MODES)
    .optional()
    .describe(
      'How the connection is encrypted, as libpq names it. Left out: verify-full, and disable for a server on this computer.',
    ),
  caFile: text
    .optional()
    .describe(
      'The certificates (PEM) of those who may vouch for the server. Relative to the config file. Left out: those that Node.js trusts.',
    ),
  json: z
    .enum(['jsonb', 'json'])
    .default('jsonb')
    .describe(
      'What new columns of JSON are: jsonb is fast to query, json keeps the text as it came.',
    ),
  connectTimeout: duration.default('15s').describe('How long to wait for a connection.'),
  requestTimeout: duration
    .default('10m')
    .describe('How long one statement may take. Commits of many rows take minutes on slow disks.'),
});

/** The `sink:` section for PostgreSQL. Each default is given with its reason in the README. */
export const configSchema: z.ZodType<PostgresConfig, PostgresInput> = settings.superRefine(
  (config, context) => {
    for (const { path, message } of problems(config)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  },
);

/** How the connection is encrypted. */
export type SslMode = (typeof SSL_MODES)[number];
/** What columns of JSON are. */
export type JsonType = 'jsonb' | 'json';

/** The config with its defaults. */
export interface PostgresConfig {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port: number;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: readonly string[] | undefined;
  readonly schema: string;
  readonly ssl?: SslMode | undefined;
  readonly caFile?: string | undefined;
  readonly json: JsonType;
  readonly connectTimeout: string;
  readonly requestTimeout: string;
}

/** The config as a user writes it. */
export type PostgresInput = {
  readonly [Key in keyof PostgresConfig]?: PostgresConfig[Key] | undefined;
};

/** A duration of the config in milliseconds. */
export function milliseconds(duration: string): number {
  const [, count = '', unit = ''] = DURATION.exec(duration) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}

interface Problem {
  readonly path: keyof PostgresConfig;
  readonly message: string;
}

/** What the settings say together and must not. No message repeats what a setting holds. */
function problems(config: PostgresConfig): readonly Problem[] {
  const passwords = (['password', 'passwordFile', 'passwordCommand'] as const).filter(
    (path) => config[path] !== undefined,
  );
  const twice = passwords.slice(1).map((path) => ({ path, message: 'says the password again' }));
  return [...(config.url === undefined ? partProblems(config) : urlProblems(config)), ...twice];
}

function partProblems(config: PostgresConfig): readonly Problem[] {
  return (['host', 'database', 'user'] as const)
    .filter((path) => config[path] === undefined)
    .map((path) => ({ path, message: 'is missing: or give url' }));
}

function urlProblems(config: PostgresConfig): readonly Problem[] {
  const url = config.url ?? '';
  const problem = urlProblem(url, SSL_MODES);
  if (problem !== undefined) return [{ path: 'url', message: problem }];
  const within = readUrl(url);
  const also = (path: keyof PostgresConfig, isThere: boolean): readonly Problem[] =>
    isThere ? [{ path, message: 'belongs into url when there is one' }] : [];
  return [
    ...(['host', 'database', 'user'] as const).flatMap((path) =>
      also(path, config[path] !== undefined),
    ),
    ...(['password', 'passwordFile', 'passwordCommand'] as const).flatMap((path) =>
      also(path, config[path] !== undefined && within.password !== undefined),
    ),
    ...also('ssl', config.ssl !== undefined && within.sslMode !== undefined),
    ...also('caFile', config.caFile !== undefined && within.caFile !== undefined),
  ];
}
