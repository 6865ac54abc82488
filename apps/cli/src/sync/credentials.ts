import { resolve } from 'node:path';
import { type Credentials, type CredentialsReader, SyncError } from '@tdp-sync/core';
import { z } from 'zod';
import type { LoadedConfig } from '../config/load.ts';
import { readText } from '../read-text.ts';

const authFile = z.object({
  auth_token: z.string().min(1),
  org: z.string().min(1),
  api_url: z.string().min(1).optional(),
  ignore_ssl: z.boolean().optional(),
});

/** What an auth.json says besides the credentials. */
export interface AuthSettings {
  readonly credentials: CredentialsReader;
  /** TDP's address by the auth file. */
  readonly url: string | undefined;
  /** The auth file asks not to check certificates. */
  readonly acceptAnyCertificate: boolean;
}

/** Where this config's credentials come from: its auth file, itself, or the environment. Read anew at each call of the reader. */
export async function readAuth({
  config,
  baseDir,
  environment,
  redactor,
}: LoadedConfig): Promise<AuthSettings> {
  const { auth } = config.source;
  if (typeof auth === 'string') {
    const path = resolve(baseDir, auth);
    const { api_url: url, ignore_ssl: ignoreSsl } = await readAuthFile(path);
    const credentials = async (): Promise<Credentials> => {
      const { auth_token: token, org } = await readAuthFile(path);
      redactor.know(token);
      return { token, org };
    };
    return { credentials, url, acceptAnyCertificate: ignoreSsl ?? false };
  }
  const { token, org } = auth ?? {
    token: environment['TS_AUTH_TOKEN'],
    org: environment['ORG_SLUG'],
  };
  if (token === undefined || org === undefined) {
    throw new SyncError(
      'CREDENTIALS_UNREADABLE',
      'There are no credentials for TDP. Set source.auth to the path of your auth.json, or TS_AUTH_TOKEN and ORG_SLUG in the environment or in .env.',
    );
  }
  return { credentials: async () => ({ token, org }), url: undefined, acceptAnyCertificate: false };
}

/**
 * An auth.json as TDP users have it.
 *
 * @throws SyncError when it cannot be read, or is something else.
 */
export async function readAuthFile(path: string): Promise<z.output<typeof authFile>> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`The credentials file ${path} cannot be read: ${why}.`, cause);
  }
  const result = authFile.safeParse(parsed(text));
  if (result.success) return result.data;
  throw unreadable(
    `The credentials file ${path} is not what TDP gives: it needs "auth_token" and "org", as JSON.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the token.
    return undefined;
  }
}

function unreadable(message: string, cause?: unknown): SyncError {
  return new SyncError('CREDENTIALS_UNREADABLE', message, { cause });
}
