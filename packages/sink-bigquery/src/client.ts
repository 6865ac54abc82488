import { isAbsolute, resolve } from 'node:path';
import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import { GoogleAuth, Impersonated, PassThroughClient } from 'google-auth-library';
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
): Promise<Pick<BigQueryOptions, 'authClient' | 'keyFilename'>> {
  // A token must never travel in the clear; who answers there needs none.
  if (apiEndpoint?.startsWith('http:')) return { authClient: new PassThroughClient() };
  const key = keyFile === undefined ? {} : { keyFilename: inFolder(keyFile, baseDir) };
  if (impersonateServiceAccount === undefined) return key;
  const auth = new GoogleAuth({ scopes: [IMPERSONATION_SCOPE], ...key });
  return {
    authClient: new Impersonated({
      sourceClient: await auth.getClient(),
      targetPrincipal: impersonateServiceAccount,
      targetScopes: [SCOPE],
    }),
  };
}

function inFolder(path: string, folder: string): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}
