import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import { SinkError } from '@tdp-sync/sink';
import { GoogleAuth, Impersonated, JWT, PassThroughClient } from 'google-auth-library';
import type { BigQueryConfig } from './config.ts';

const SCOPE = 'https://www.googleapis.com/auth/bigquery';
/** What credentials need in order to ask for those of another account. */
const IMPERSONATION_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** The client for a config. It retries nothing itself: only we know which job an answer was lost of. */
export async function createClient(config: BigQueryConfig, baseDir: string): Promise<BigQuery> {
  const { project, apiEndpoint, location } = config;
  return new BigQuery({
    projectId: project,
    autoRetry: false,
    ...(apiEndpoint === undefined ? {} : { apiEndpoint: apiEndpoint.replace(/\/+$/, '') }),
    ...(location === undefined ? {} : { location }),
    ...(await credentials(config, baseDir)),
  });
}

async function credentials(
  { keyFile, impersonateServiceAccount, apiEndpoint }: BigQueryConfig,
  baseDir: string,
): Promise<Pick<BigQueryOptions, 'authClient'>> {
  // A token must never travel in the clear; who answers there needs none.
  if (apiEndpoint?.startsWith('http:')) return { authClient: new PassThroughClient() };
  const isOther = impersonateServiceAccount !== undefined;
  const scopes = [isOther ? IMPERSONATION_SCOPE : SCOPE];
  const key = keyFile && (await readKey(resolve(baseDir, keyFile), scopes));
  if (!isOther) return key ? { authClient: key } : {};
  return {
    authClient: new Impersonated({
      sourceClient: key || (await new GoogleAuth({ scopes }).getClient()),
      targetPrincipal: impersonateServiceAccount,
      targetScopes: [SCOPE],
    }),
  };
}

/** The client for a key file. Read here: the library advises against files of which it does not know the kind. */
async function readKey(path: string, scopes: string[]): Promise<JWT> {
  const { type, client_email: email, private_key: key } = parsed(await textOf(path));
  if (type === 'service_account' && typeof email === 'string' && typeof key === 'string') {
    return new JWT({ email, key, scopes });
  }
  throw new SinkError(
    'SINK_PERMISSION',
    '"keyFile" is not the key of a service account. For other kinds of credentials leave it out, and name the file in GOOGLE_APPLICATION_CREDENTIALS.',
  );
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SinkError('SINK_PERMISSION', `"keyFile" cannot be read: ${path}.`, { cause });
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? { ...found } : {};
  } catch {
    // The parser's own words may repeat the key.
    return {};
  }
}
