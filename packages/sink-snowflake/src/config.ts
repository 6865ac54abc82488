import { z } from 'zod';
import type { Identifiers } from './names.ts';
import type { Timestamps, ValueLimit } from './values.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d{1,6})(s|m|h)$/;
const ACCOUNT = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

const text = z.string().min(1);
const name = text.max(255);
const duration = z.string().regex(DURATION, 'expected a duration such as 15s or 10m');
const secret = 'Write ${NAME}: the config takes it from the environment or from a .env file.';

/** How one may log in. */
export const AUTHENTICATIONS = [
  'key-pair',
  'oauth',
  'oauth-client-credentials',
  'token',
  'workload-identity',
  'password',
] as const;
/** Whose word Snowflake takes for a workload. */
export const PROVIDERS = ['AWS', 'AZURE', 'GCP', 'OIDC'] as const;

const settings = z.strictObject({
  account: text
    .regex(ACCOUNT, 'expected an account such as myorg-myaccount, without snowflakecomputing.com')
    .optional()
    .describe(
      "The account: `SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME()`.",
    ),
  url: z
    .url({ protocol: /^https?$/, error: 'expected https://host' })
    .optional()
    .describe(
      'Its address, for private link: https://myorg-myaccount.privatelink.snowflakecomputing.com. Besides account.',
    ),
  user: text.describe('The user that logs in, with TYPE = SERVICE.'),
  authentication: z
    .enum(AUTHENTICATIONS)
    .default('key-pair')
    .describe('How it logs in. Passwords alone are being retired by Snowflake.'),
  privateKey: text.optional().describe(`For key-pair: its private key, as PEM. ${secret}`),
  privateKeyFile: text
    .optional()
    .describe(
      'For key-pair: a file with the private key (PEM), read anew for each login. Relative to the config file.',
    ),
  privateKeyPassphrase: text
    .optional()
    .describe(`What the private key is encrypted with. ${secret}`),
  token: text
    .optional()
    .describe(`For oauth, token (a programmatic access token) and OIDC: the token. ${secret}`),
  tokenFile: text
    .optional()
    .describe(
      'A file with nothing but the token, read anew for each login. Relative to the config file.',
    ),
  oauthClientId: text.optional().describe('For oauth-client-credentials: the client.'),
  oauthClientSecret: text.optional().describe(`Its secret. ${secret}`),
  oauthTokenUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('Where it gets its tokens.'),
  oauthScope: text.optional().describe('What it asks for. Left out: what the role needs.'),
  workloadIdentityProvider: z
    .enum(PROVIDERS)
    .optional()
    .describe('For workload-identity: who says which workload this is.'),
  password: text.optional().describe(`For password: the password. ${secret}`),
  role: name.optional().describe('The role. Left out: the default role of the user.'),
  warehouse: name
    .optional()
    .describe('The warehouse. X-Small is enough. Left out: the default one of the user.'),
  database: name.describe('The database that holds all tables. It must exist.'),
  schema: name.default('TDP').describe('The schema that holds all tables. Created when missing.'),
  identifiers: z
    .enum(['upper', 'exact'])
    .default('upper')
    .describe(
      'upper: names in lower case without special characters are stored in upper case, so that nobody needs quotes. exact: as they are.',
    ),
  timestamps: z
    .enum(['tz', 'ntz'])
    .default('tz')
    .describe(
      'What new columns of timestamps are: TIMESTAMP_TZ, an instant, or TIMESTAMP_NTZ, a clock that shows UTC.',
    ),
  transient: z
    .boolean()
    .default(false)
    .describe(
      'New tables are TRANSIENT: without Fail-safe, which keeps replaced rows for seven days.',
    ),
  valueLimit: z
    .enum(['16MB', '128MB'])
    .default('128MB')
    .describe(
      "How large a text or a row may be: 16MB on accounts without Snowflake's change 2025_03.",
    ),
  queryTag: text
    .max(1_900)
    .default('tdp-sync')
    .describe('QUERY_TAG of all statements, to find them in the query history.'),
  connectTimeout: duration.default('60s').describe('How long to try to log in.'),
  requestTimeout: duration.default('30m').describe('How long one statement may take.'),
});

/** The `sink:` section for Snowflake. */
export const configSchema: z.ZodType<SnowflakeConfig, SnowflakeInput> = settings.superRefine(
  (config, context) => {
    for (const { path, message } of problems(config)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  },
);

/** How one may log in. */
export type Authentication = (typeof AUTHENTICATIONS)[number];
/** Whose word Snowflake takes for a workload. */
export type Provider = (typeof PROVIDERS)[number];

/** The config with its defaults. */
export interface SnowflakeConfig {
  readonly account?: string | undefined;
  readonly url?: string | undefined;
  readonly user: string;
  readonly authentication: Authentication;
  readonly privateKey?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly privateKeyPassphrase?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly oauthClientId?: string | undefined;
  readonly oauthClientSecret?: string | undefined;
  readonly oauthTokenUrl?: string | undefined;
  readonly oauthScope?: string | undefined;
  readonly workloadIdentityProvider?: Provider | undefined;
  readonly password?: string | undefined;
  readonly role?: string | undefined;
  readonly warehouse?: string | undefined;
  readonly database: string;
  readonly schema: string;
  readonly identifiers: Identifiers;
  readonly timestamps: Timestamps;
  readonly transient: boolean;
  readonly valueLimit: ValueLimit;
  readonly queryTag: string;
  readonly connectTimeout: string;
  readonly requestTimeout: string;
}

/** The config as a user writes it. */
export type SnowflakeInput = Pick<SnowflakeConfig, 'user' | 'database'> & {
  readonly [Key in keyof SnowflakeConfig]?: SnowflakeConfig[Key] | undefined;
};

/** A duration of the config in milliseconds. */
export function milliseconds(duration: string): number {
  const [, count = '', unit = ''] = DURATION.exec(duration) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}

type Path = keyof SnowflakeConfig;
interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** What each way to log in needs: of each group exactly one. */
const NEEDS: Readonly<Record<Authentication, readonly (readonly Path[])[]>> = {
  'key-pair': [['privateKey', 'privateKeyFile']],
  oauth: [['token', 'tokenFile']],
  'oauth-client-credentials': [['oauthClientId'], ['oauthClientSecret'], ['oauthTokenUrl']],
  token: [['token', 'tokenFile']],
  'workload-identity': [['workloadIdentityProvider']],
  password: [['password']],
};
/** What it may have besides. */
const MAY: Partial<Readonly<Record<Authentication, readonly Path[]>>> = {
  'key-pair': ['privateKeyPassphrase'],
  'oauth-client-credentials': ['oauthScope'],
  'workload-identity': ['token', 'tokenFile'],
};
const ALL: readonly Path[] = [
  ...new Set([...Object.values(NEEDS).flat(2), ...Object.values(MAY).flat()]),
];

/** What the settings say together and must not. No message repeats what a setting holds. */
function problems(config: SnowflakeConfig): readonly Problem[] {
  const { authentication } = config;
  const needed = NEEDS[authentication];
  const allowed = new Set([...needed.flat(), ...(MAY[authentication] ?? [])]);
  const missing = needed
    .filter((group) => group.every((path) => config[path] === undefined))
    .map((group) => ({
      path: group[0] ?? 'authentication',
      message: `is missing for authentication: ${authentication}${group.length > 1 ? `; or give ${group.slice(1).join(' or ')}` : ''}`,
    }));
  const twice = [...needed, ['token', 'tokenFile'] as const]
    .filter((group) => group.length > 1 && group.every((path) => config[path] !== undefined))
    .map((group) => ({ path: group[1] ?? 'authentication', message: `says ${group[0]} again` }));
  const strange = ALL.filter((path) => config[path] !== undefined && !allowed.has(path)).map(
    (path) => ({ path, message: `has no use with authentication: ${authentication}` }),
  );
  const both = new Map([...missing, ...twice, ...strange].map((one) => [one.path, one]));
  return [...placeProblems(config), ...both.values()];
}

function placeProblems({ account, url }: SnowflakeConfig): readonly Problem[] {
  if (url === undefined) {
    return account === undefined ? [{ path: 'account', message: 'is missing' }] : [];
  }
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') {
    return [{ path: 'url', message: 'must not hold a user or a password' }];
  }
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || isHere
    ? []
    : [{ path: 'url', message: 'must begin with https://: it is not on this computer' }];
}
