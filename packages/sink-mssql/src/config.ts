import { z } from 'zod';
import { driver } from './driver.ts';

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

/** How to prove who one is, where it is not by user and password. */
const authentication = z.enum(['default', 'service-principal', 'managed-identity']);

const settings = z.strictObject({
  server: text
    .optional()
    .describe('Host name of the server, or host\\instance. Not together with connectionString.'),
  port: z.int().min(1).max(65_535).default(1_433).describe('Its TCP port.'),
  database: text.optional().describe('The database that holds all tables. It must exist.'),
  schema: text
    .max(128)
    .refine((name) => !name.endsWith(' '), 'ends with a blank')
    .default('dbo')
    .describe('The schema that holds all tables. Created when missing.'),
  user: text.optional().describe(`A login of SQL Server's own. ${secret}`),
  password: text.optional().describe(`Its password. ${secret}`),
  authentication: authentication
    .optional()
    .describe(
      'Entra ID instead of user and password: default (environment, workload identity, managed identity, Azure CLI), service-principal or managed-identity.',
    ),
  tenantId: text.optional().describe('For service-principal: the tenant.'),
  clientId: text
    .optional()
    .describe('For service-principal: the application. Otherwise: which user-assigned identity.'),
  clientSecret: text.optional().describe(`For service-principal: its secret. ${secret}`),
  encrypt: z
    .union([z.boolean(), z.literal('strict')])
    .default(true)
    .describe(
      'Whether the connection is encrypted by TLS; strict: from its first byte (TDS 8, SQL Server 2022 and later, Azure SQL).',
    ),
  trustServerCertificate: z
    .boolean()
    .default(false)
    .describe('Whether a certificate that nobody vouches for is accepted. For trials only.'),
  multiSubnetFailover: z
    .boolean()
    .default(false)
    .describe(
      "Whether all addresses of the server's name are tried at once: for the listener of an availability group.",
    ),
  packetSize: z
    .int()
    .min(512)
    .max(16_383)
    .optional()
    .describe('Bytes of a packet. Larger ones make bulk loads quicker where answers take long.'),
  connectionString: text
    .optional()
    .describe(`Instead of all of the above but schema, as ADO.NET writes it. ${secret}`),
  connectTimeout: duration.default('15s').describe('How long to wait for a connection.'),
  requestTimeout: duration
    .default('10m')
    .describe('How long one statement may take. Commits of many rows take minutes on slow disks.'),
});

/** The `sink:` section for SQL Server. Each default is given with its reason in the README. */
export const configSchema: z.ZodType<MssqlConfig, MssqlInput> = settings.superRefine(
  (config, context) => {
    for (const { path, message } of problems(config)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  },
);

/** How to prove who one is, where it is not by user and password. */
export type Authentication = 'default' | 'service-principal' | 'managed-identity';

/** The config with its defaults. */
export interface MssqlConfig {
  readonly server?: string | undefined;
  readonly port: number;
  readonly database?: string | undefined;
  readonly schema: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly authentication?: Authentication | undefined;
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  readonly multiSubnetFailover: boolean;
  readonly packetSize?: number | undefined;
  readonly connectionString?: string | undefined;
  readonly connectTimeout: string;
  readonly requestTimeout: string;
}

/** The config as a user writes it. */
export type MssqlInput = { readonly [Key in keyof MssqlConfig]?: MssqlConfig[Key] | undefined };

/** A duration of the config in milliseconds. */
export function milliseconds(duration: string): number {
  const [, count = '', unit = ''] = DURATION.exec(duration) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}

interface Problem {
  readonly path: keyof MssqlConfig;
  readonly message: string;
}

/** What the settings say together and must not. No message repeats what a setting holds. */
function problems(config: MssqlConfig): readonly Problem[] {
  if (config.connectionString !== undefined) return stringProblems(config);
  const missing = (path: keyof MssqlConfig, why: string): Problem[] =>
    config[path] === undefined ? [{ path, message: `is missing: ${why}` }] : [];
  return [
    ...missing('server', 'or give connectionString'),
    ...missing('database', 'or give connectionString'),
    ...credentialProblems(config, missing),
    ...(config.encrypt === 'strict' && config.trustServerCertificate ? [ALWAYS_CHECKED] : []),
  ];
}

/** https://learn.microsoft.com/sql/relational-databases/security/networking/tds-8 */
const ALWAYS_CHECKED: Problem = {
  path: 'trustServerCertificate',
  message: 'is not possible with "encrypt: strict", which always checks the certificate',
};

function credentialProblems(
  config: MssqlConfig,
  missing: (path: keyof MssqlConfig, why: string) => readonly Problem[],
): readonly Problem[] {
  if (config.authentication === undefined) {
    const why = 'give user and password, or authentication for Entra ID';
    return [...missing('user', why), ...missing('password', why)];
  }
  const unwanted = (['user', 'password'] as const)
    .filter((path) => config[path] !== undefined)
    .map((path) => ({ path, message: 'is not used together with authentication' }));
  if (config.authentication !== 'service-principal') return unwanted;
  const why = 'service-principal needs it';
  return [
    ...unwanted,
    ...(['tenantId', 'clientId', 'clientSecret'] as const).flatMap((path) => missing(path, why)),
  ];
}

const IN_STRING = [
  'server',
  'database',
  'user',
  'password',
  'authentication',
  'tenantId',
  'clientId',
  'clientSecret',
] as const;

function stringProblems(config: MssqlConfig): readonly Problem[] {
  const path = 'connectionString';
  const twice = IN_STRING.filter((path) => config[path] !== undefined).map((path) => ({
    path,
    message: 'belongs into connectionString when there is one',
  }));
  try {
    const { server, database } = driver.ConnectionPool.parseConnectionString(
      config.connectionString ?? '',
    );
    if (server && database) return twice;
    return [...twice, { path, message: 'must name a Server and a Database' }];
  } catch {
    // The parser's own words may repeat the string, password and all.
    return [...twice, { path, message: 'cannot be read as a connection string' }];
  }
}
