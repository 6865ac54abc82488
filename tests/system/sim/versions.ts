import type { FileVersion } from '@tdp-sync/emulator';

/** What is known of a version that the lab has put. */
export interface LabVersion {
  readonly file: FileVersion;
  /** Its place among the versions of its file, from 0. */
  readonly number: number;
  readonly text: string;
  /** Its content can never become rows, since it is no document or is never given. */
  readonly isBroken: boolean;
  /** The storage refuses it. */
  readonly isRefused: boolean;
}

/** All versions that the lab has put, by file: each has a name in the lab and an S3 key, and is found by both. */
export class Versions {
  readonly byFileId = new Map<string, LabVersion>();
  /** How many versions each file has had. */
  readonly #puts = new Map<string, number>();
  readonly #chains = new Map<string, LabVersion[]>();

  /** The versions of a file, oldest first, but for those that TDP has taken back. */
  of(file: string): readonly LabVersion[] {
    return this.#chains.get(file) ?? [];
  }

  /** The versions of each file, by each of its names. */
  all(): Iterable<readonly LabVersion[]> {
    return this.#chains.values();
  }

  /** The newest version of each file. */
  newest(): readonly FileVersion[] {
    return [...new Set(this.#chains.values())].flatMap((chain) => chain.at(-1)?.file ?? []);
  }

  /** The number of the version that comes next. */
  begin(name: string): number {
    const number = this.#puts.get(name) ?? 0;
    this.#puts.set(name, number + 1);
    return number;
  }

  add(name: string, version: LabVersion): void {
    const { fileId, path } = version.file;
    const chain = this.#chains.get(name) ?? [];
    chain.push(version);
    this.#chains.set(name, chain);
    this.#chains.set(path, chain);
    this.byFileId.set(fileId, version);
  }

  /** The newest one is no version of the file any more. */
  takeBack(file: string): void {
    this.#chains.get(file)?.pop();
  }
}
