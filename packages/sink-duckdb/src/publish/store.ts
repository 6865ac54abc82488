import type { Manifest } from './manifest.ts';

/** Where Parquet files lie for readers. Names of files are those of the manifest, with `/` between folder and file. */
export interface ParquetStore extends AsyncDisposable {
  /** As it is told, without secrets. */
  readonly name: string;
  /** A folder of this machine into which files are written by their names, and from which {@link keep} takes them. */
  begin(): Promise<string>;
  /** Sees to it that these files are there for good. No reader knows of them yet. */
  keep(files: readonly string[]): Promise<void>;
  /** Whether files could be put there, as far as it can be seen; changes nothing. @throws what says why not. */
  check(): Promise<void>;
  /** How large these files are; `undefined` for one that is not there. */
  sizesOf(files: readonly string[]): Promise<readonly (number | undefined)[]>;
  /** The manifest that readers find; `undefined` where there is none. @throws PublishTrouble for one that is not to be replaced. */
  readManifest(): Promise<Manifest | undefined>;
  /** Puts a manifest in the place of the one of before, at once. From then on its files are the newest version. */
  writeManifest(manifest: Manifest): Promise<void>;
  /** Removes tdp-sync's files that the manifest does not name, those of processes that were killed included. */
  removeOthers(manifest: Manifest | undefined): Promise<void>;
}
