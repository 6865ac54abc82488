import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { MANIFEST, type Manifest, manifestIn, manifestText, othersThan } from './manifest.ts';
import type { S3Settings } from './settings.ts';
import type { ParquetStore } from './store.ts';
import { PublishTrouble } from './trouble.ts';

const PACKAGE = '@aws-sdk/client-s3';
/** What S3 takes in one request. */
const MOST_BYTES = 5 * 1024 ** 3;

type Sdk = typeof import('@aws-sdk/client-s3');

/**
 * A bucket of S3, or of what speaks its protocol, by the SDK that is installed beside tdp-sync. An object is there when it is there as a whole, so that nothing
 * of half a file is ever seen.
 */
export class S3Store implements ParquetStore {
  readonly name: string;
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #folder: string;

  private constructor(address: string, folder: string, sdk: Sdk, client: S3Client) {
    this.name = address;
    this.#folder = folder;
    this.#sdk = sdk;
    this.#client = client;
    const { hostname, pathname } = new URL(address);
    this.#bucket = hostname;
    this.#prefix = pathname.replaceAll(/^\/+|\/+$/g, '').replace(/.$/, '$&/');
  }

  /** `folder` is where files are written on their way: the store's alone, and gone afterwards. */
  static async open(address: string, folder: string, settings: S3Settings): Promise<S3Store> {
    const sdk = await loadSdk();
    return new S3Store(address, folder, sdk, new sdk.S3Client(clientConfig(settings)));
  }

  async begin(): Promise<string> {
    // A process that was killed may have left it.
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder);
    return this.#folder;
  }

  async keep(files: readonly string[]): Promise<void> {
    for (const file of files) {
      const path = join(this.#folder, file);
      const { size } = await stat(path);
      if (size > MOST_BYTES)
        throw new PublishTrouble(`${file} has more than the 5 GB that S3 takes at once`);
      await this.#put(file, createReadStream(path), size);
      await rm(path);
    }
  }

  async check(): Promise<void> {
    await this.#files();
  }

  async sizesOf(files: readonly string[]): Promise<readonly (number | undefined)[]> {
    const found = await this.#files();
    return files.map((file) => found.get(file));
  }

  async readManifest(): Promise<Manifest | undefined> {
    try {
      const { Body } = await this.#client.send(new this.#sdk.GetObjectCommand(this.#at(MANIFEST)));
      return manifestIn((await Body?.transformToString('utf8')) ?? '');
    } catch (error) {
      if (error instanceof this.#sdk.NoSuchKey) return undefined;
      throw error;
    }
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    const text = Buffer.from(manifestText(manifest));
    await this.#put(MANIFEST, text, text.length);
  }

  async removeOthers(manifest: Manifest | undefined): Promise<void> {
    for (const file of othersThan(manifest, [...(await this.#files()).keys()]))
      await this.#client.send(new this.#sdk.DeleteObjectCommand(this.#at(file)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #put(
    file: string,
    Body: ReturnType<typeof createReadStream> | Buffer,
    ContentLength: number,
  ): Promise<void> {
    await this.#client.send(
      new this.#sdk.PutObjectCommand({ ...this.#at(file), Body, ContentLength }),
    );
  }

  /** How large each file is, by its name. */
  async #files(): Promise<ReadonlyMap<string, number>> {
    const files = new Map<string, number>();
    let ContinuationToken: string | undefined;
    do {
      const query = { Bucket: this.#bucket, Prefix: this.#prefix };
      const found = await this.#client.send(
        new this.#sdk.ListObjectsV2Command(
          ContinuationToken === undefined ? query : { ...query, ContinuationToken },
        ),
      );
      for (const { Key = '', Size = 0 } of found.Contents ?? [])
        files.set(Key.slice(this.#prefix.length), Size);
      ContinuationToken = found.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return files;
  }

  #at(file: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + file };
  }
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import(PACKAGE);
  } catch {
    throw new PublishTrouble(
      `S3 needs a package that is not installed. Run: npm install ${PACKAGE}`,
    );
  }
}

/** Whatever is left out the SDK finds as it always does: variables, a profile, the role of the machine or the pod. */
function clientConfig({
  endpoint,
  region,
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: S3Settings): S3ClientConfig {
  const hasKey = accessKeyId !== undefined && secretAccessKey !== undefined;
  const session = sessionToken === undefined ? {} : { sessionToken };
  return {
    ...(region === undefined ? {} : { region }),
    // Of a server of one's own, buckets have no names in the DNS.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(hasKey ? { credentials: { accessKeyId, secretAccessKey, ...session } } : {}),
  };
}
