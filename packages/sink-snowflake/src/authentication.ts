import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SinkError } from '@tdp-sync/sink';
import type { ConnectionOptions } from 'snowflake-sdk';
import type { SnowflakeConfig } from './config.ts';

/** What the driver needs for a login. Files are read anew, so that a key or a token may be replaced while the service runs. */
export async function loginOf(
  config: SnowflakeConfig,
  baseDir: string,
): Promise<ConnectionOptions> {
  switch (config.authentication) {
    case 'key-pair':
      return { authenticator: 'SNOWFLAKE_JWT', privateKey: await keyOf(config, baseDir) };
    case 'oauth':
      return { authenticator: 'OAUTH', ...(await tokenOf(config, baseDir)) };
    case 'token':
      return { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', ...(await tokenOf(config, baseDir)) };
    case 'oauth-client-credentials':
      return { authenticator: 'OAUTH_CLIENT_CREDENTIALS', ...clientOf(config) };
    case 'workload-identity': {
      const { workloadIdentityProvider: provider } = config;
      return {
        authenticator: 'WORKLOAD_IDENTITY',
        ...(provider === undefined ? {} : { workloadIdentityProvider: provider }),
        ...(await tokenOf(config, baseDir)),
      };
    }
    case 'password':
      return { authenticator: 'SNOWFLAKE', password: config.password ?? '' };
  }
}

function clientOf(config: SnowflakeConfig): ConnectionOptions {
  const { oauthClientId = '', oauthClientSecret = '', oauthTokenUrl = '', oauthScope } = config;
  return {
    oauthClientId,
    oauthClientSecret,
    oauthTokenRequestUrl: oauthTokenUrl,
    ...(oauthScope === undefined ? {} : { oauthScope }),
  };
}

/** The private key as the driver takes it: PKCS#8, not encrypted. */
async function keyOf(config: SnowflakeConfig, baseDir: string): Promise<string> {
  const { privateKey, privateKeyFile, privateKeyPassphrase: passphrase } = config;
  const pem = privateKey ?? (await read('privateKeyFile', privateKeyFile ?? '', baseDir));
  try {
    const key = createPrivateKey({
      // From the environment it often comes on one line.
      key: pem.trim().replaceAll('\\n', '\n'),
      format: 'pem',
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // What was thrown may quote the key.
    const why =
      passphrase === undefined
        ? 'or is encrypted, and privateKeyPassphrase is missing'
        : 'or privateKeyPassphrase is another';
    throw new SinkError('SINK_PERMISSION', `The private key is no PEM, ${why}.`);
  }
}

async function tokenOf(config: SnowflakeConfig, baseDir: string): Promise<ConnectionOptions> {
  const { token, tokenFile } = config;
  if (tokenFile === undefined) return token === undefined ? {} : { token };
  return { token: (await read('tokenFile', tokenFile, baseDir)).trim() };
}

async function read(setting: string, path: string, baseDir: string): Promise<string> {
  const place = resolve(baseDir, path);
  try {
    return await readFile(place, 'utf8');
  } catch (cause) {
    throw new SinkError('SINK_UNAVAILABLE', `The file of ${setting} cannot be read: ${place}.`, {
      cause,
    });
  }
}
