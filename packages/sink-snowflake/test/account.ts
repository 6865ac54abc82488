import type { SnowflakeInput } from '../src/config.ts';

const PREFIX = 'TDP_SYNC_TEST_SNOWFLAKE_';

/** The real account that the environment names, with a user that logs in with a key, as a config; `undefined` where it names none. */
export function accountOf(
  environment: Readonly<Record<string, string | undefined>>,
): SnowflakeInput | undefined {
  const given = (name: string) => environment[PREFIX + name] || undefined;
  const [account, user, database] = ['ACCOUNT', 'USER', 'DATABASE'].map(given);
  if (account === undefined || user === undefined || database === undefined) return undefined;
  return {
    account,
    user,
    database,
    authentication: 'key-pair',
    privateKey: given('PRIVATE_KEY'),
    privateKeyFile: given('PRIVATE_KEY_FILE'),
    privateKeyPassphrase: given('PRIVATE_KEY_PASSPHRASE'),
    role: given('ROLE'),
    warehouse: given('WAREHOUSE'),
    url: given('URL'),
  };
}

/** What is needed for that. */
export const NEEDED: string = `set ${PREFIX}ACCOUNT, …USER, …PRIVATE_KEY or …PRIVATE_KEY_FILE, …DATABASE, …ROLE and …WAREHOUSE`;
