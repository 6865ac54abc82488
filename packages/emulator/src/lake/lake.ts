import { seededRandom, shareOf } from '../random.ts';
import type { Switches } from '../switches.ts';
import { type Batch, BulkVersion, bulkOrdinal, makeBulk } from './bulk.ts';
import { type BulkFiles, batchOf } from './bulk-files.ts';
import { type Doc, indexName } from './doc.ts';
import type { FileVersion, Label, LakeFile, StorageRefusal } from './file.ts';
import { IndexStore } from './index-store.ts';
import { makeVersion, type PutFile } from './put.ts';
import { Timeline } from './timeline.ts';
import { listTruth, type TruthEntry } from './truth.ts';

/** What the lake is told about its surroundings. */
export interface LakeContext {
  readonly org: string;
  readonly bucket: string;
  readonly seed: number;
  readonly now: () => number;
  readonly switches: Switches;
}

const TWIN_AGE_MS = 60_000;

/**
 * The files of the emulated TDP. Every method changes what is stored at once, and what a search sees
 * when the clock gets there.
 */
export class Lake {
  readonly index: IndexStore;
  readonly #context: LakeContext;
  readonly #random;
  readonly #timeline = new Timeline();
  readonly #byFileId = new Map<string, LakeFile>();
  readonly #versions = new Map<string, LakeFile[]>();
  readonly #batches: { batch: Batch; files: readonly BulkVersion[] }[] = [];
  readonly #refused = new Map<string, StorageRefusal>();
  readonly #lineage = new Map<string, number>();
  readonly #pending = new Set<LakeFile>();
  /** Where files are, or have been. */
  readonly buckets: Set<string> = new Set();

  constructor(context: LakeContext) {
    this.#context = context;
    this.#random = seededRandom(context.seed);
    const { org, switches } = context;
    this.index = new IndexStore((doc) => (switches.shards === 'one' ? 'all' : indexName(doc, org)));
    this.buckets.add(context.bucket);
  }

  /** How many versions there are, whatever became of them. */
  get size(): number {
    return this.#byFileId.size;
  }

  /** Lets everything happen that is due by now. The emulator does so before each request. */
  settle(): void {
    this.#timeline.advance(this.#context.now());
  }

  /** When the next pending change becomes searchable, for a clock that jumps from event to event. */
  get nextChangeAt(): number | undefined {
    return this.#timeline.nextAt;
  }

  /** A version by its fileId. */
  get(fileId: string): FileVersion | undefined {
    return this.#byFileId.get(fileId);
  }

  /** All versions of a file, oldest first. */
  versions(path: string): readonly FileVersion[] {
    return this.#chain(path);
  }

  /** Puts a file. With a path, source and category that exist it is a new version, with a new fileId. */
  put(file: PutFile): FileVersion {
    const { org, bucket } = this.#context;
    const now = this.#context.now();
    const version = makeVersion(file, { org, bucket, random: this.#random, now });
    if (this.#byFileId.has(version.fileId)) throw new Error(`fileId exists: ${version.fileId}`);
    const chain = this.#chain(version.path);
    const older = chain.at(-1);
    this.#versions.set(version.path, [...chain, version]);
    this.#byFileId.set(version.fileId, version);
    if (older !== undefined) this.#supersede(older);
    this.#show(version, version.indexedAt ?? now, file.visibleAfterMs);
    return version;
  }

  /** Adds many generated documents. A million fit into memory. */
  addBulk(bulk: BulkFiles): readonly FileVersion[] {
    const { org, bucket } = this.#context;
    const batch = batchOf(bulk, org, bucket);
    const files = makeBulk(batch, bulk.count);
    for (const file of files) this.#byFileId.set(file.fileId, file);
    this.#batches.push({ batch, files });
    const { missingIndexedAt, duplicateFileIds } = this.#context.switches;
    if (missingIndexedAt + duplicateFileIds === 0) this.index.putMany(files);
    else for (const file of files) this.#index(file);
    return files;
  }

  /** Replaces the labels. No new version comes of it. */
  label(fileId: string, labels: readonly Label[]): void {
    const restamp = this.#context.switches.labelsRestampIndexedAt;
    this.#change(fileId, (file) => {
      file.labels = labels;
      if (restamp) this.#stamp(file);
    });
  }

  /** Indexes a version again, as reconciliation jobs do: the same content with a new stamp. */
  reindex(fileId: string): void {
    this.#change(fileId, (file) => {
      this.#stamp(file);
      if (this.#context.switches.reindexRevives) file.superseded = false;
    });
  }

  /** Deletes softly: the file stays in the lake and is no longer found. */
  delete(fileId: string): void {
    this.#change(fileId, (file) => {
      file.deleted = true;
    });
  }

  /** Takes back a delete, with a new stamp unless told otherwise. */
  restore(fileId: string, options: { readonly restamp?: boolean } = {}): void {
    this.#change(fileId, (file) => {
      file.deleted = false;
      if (options.restamp ?? true) this.#stamp(file);
    });
  }

  /**
   * Takes the newest version of a file away for good, and the one before is current again: with a new stamp, as after
   * a re-index, or as it was.
   */
  rollBack(path: string, options: { readonly restamp?: boolean } = {}): void {
    const chain = this.#chain(path);
    const [older, newest] = chain.slice(-2);
    if (older === undefined || newest === undefined)
      throw new Error(`there is no earlier version of ${path}`);
    this.#versions.set(path, chain.slice(0, -1));
    this.#byFileId.delete(newest.fileId);
    this.index.remove(newest.fileId);
    this.#change(older.fileId, (file) => {
      file.superseded = false;
      if (options.restamp ?? false) this.#stamp(file);
    });
  }

  /** Moves a version to another bucket, as a migration of the storage does: at once, and its fileId and stamps stay. */
  move(fileId: string, bucket: string): void {
    this.buckets.add(bucket);
    const file = this.#file(fileId);
    this.#freeze(file);
    file.bucket = bucket;
    if (this.index.get(fileId) !== undefined) this.#index(file);
  }

  /** Patches the document without a new stamp, as TDP does when a file gets descendants. */
  touchLineage(fileId: string): void {
    this.#lineage.set(fileId, (this.#lineage.get(fileId) ?? 0) + 1);
    this.#change(fileId, () => undefined);
  }

  /** Takes a file out of everyone's sight, as an access rule does: at once and without a stamp. */
  hide(fileId: string): void {
    this.#file(fileId).hidden = true;
    this.index.touch();
  }

  /** Takes back {@link hide}. */
  show(fileId: string): void {
    this.#file(fileId).hidden = false;
    this.index.touch();
  }

  /** From now on the storage refuses the content: of an archived object, say, or one whose key is gone. Search shows the file as before. */
  refuse(fileId: string, code: StorageRefusal = 'AccessDenied'): void {
    this.#refused.set(this.#file(fileId).fileId, code);
  }

  /** Takes back {@link refuse}. */
  allow(fileId: string): void {
    this.#refused.delete(fileId);
  }

  /** With which of S3's codes the content is refused, if it is. */
  refusalOf(fileId: string): StorageRefusal | undefined {
    return this.#refused.get(fileId);
  }

  /** The newest version of each file that a search can find now: what a perfect copy holds. */
  files(): Iterable<FileVersion> {
    return this.truth()
      .values()
      .map((entry) => entry.file);
  }

  /** The same by S3 key, with digests and attributes, for comparing a copy with it. */
  truth(): Map<string, TruthEntry> {
    this.settle();
    return listTruth(this.index.all(), (file) => this.#chain(file.path).indexOf(file));
  }

  #file(fileId: string): LakeFile {
    const file = this.#byFileId.get(fileId);
    if (file === undefined) throw new Error(`there is no file ${fileId}`);
    return file;
  }

  #chain(path: string): LakeFile[] {
    const chain = this.#versions.get(path);
    if (chain !== undefined) return chain;
    for (const { batch, files } of this.#batches) {
      const file = files[bulkOrdinal(batch, path)];
      if (file !== undefined) return [file];
    }
    return [];
  }

  #supersede(older: LakeFile): void {
    if (this.#context.switches.supersededVanishes === 'with-new') return;
    this.#freeze(older);
    older.superseded = true;
    if (!this.#pending.has(older)) this.#index(older);
  }

  /** Makes a version searchable when its time comes, and the older versions of its file outdated. */
  #show(version: LakeFile, stamp: number, visibleAfterMs?: number): void {
    const delay = visibleAfterMs ?? this.#context.switches.visibilityDelayMs;
    this.#pending.add(version);
    this.#timeline.at(stamp + delay, () => {
      this.#pending.delete(version);
      const chain = this.#chain(version.path);
      for (const other of chain.slice(0, chain.indexOf(version))) {
        if (other.superseded) continue;
        this.#freeze(other);
        other.superseded = true;
        if (this.index.get(other.fileId) !== undefined) this.#index(other);
      }
      this.#index(version);
    });
    this.settle();
  }

  #change(fileId: string, change: (file: LakeFile) => void): void {
    const file = this.#file(fileId);
    this.#freeze(file);
    change(file);
    // Access rules look at the file itself and not at its document.
    this.index.touch();
    const delay = this.#context.switches.visibilityDelayMs;
    this.#timeline.at(this.#context.now() + delay, () => {
      // A version that waits to be indexed for the first time is not shown any sooner.
      if (!this.#pending.has(file)) this.#index(file);
    });
    this.settle();
  }

  /** A stamp never moves back: a version still to be indexed keeps the later one it has. */
  #stamp(file: LakeFile): void {
    file.indexedAt = Math.max(this.#context.now(), file.indexedAt ?? 0);
  }

  /** Makes sure that the searchable document does not change together with its file. */
  #freeze(file: LakeFile): void {
    if (file instanceof BulkVersion && this.index.get(file.fileId) === file) {
      this.index.put(this.#document(file, false));
    }
  }

  #index(file: LakeFile): void {
    // A version that was taken away for good does not come back with a change that was under way.
    if (this.#byFileId.get(file.fileId) !== file) return;
    const { showOutdated, softDeleted, duplicateFileIds } = this.#context.switches;
    const gone =
      (file.superseded && showOutdated === 'hide') || (file.deleted && softDeleted === 'remove');
    if (gone) {
      this.index.remove(file.fileId);
      return;
    }
    this.index.put(this.#document(file, false));
    if (shareOf(file.fileId, 11) < duplicateFileIds) this.index.put(this.#document(file, true));
  }

  #document(file: LakeFile, twin: boolean): Doc {
    const stampless = shareOf(file.fileId, 13) < this.#context.switches.missingIndexedAt;
    const stamp = stampless ? undefined : file.indexedAt;
    return {
      file,
      fileId: file.fileId,
      indexedAt: twin && stamp !== undefined ? stamp - TWIN_AGE_MS : stamp,
      labels: file.labels,
      outdated: file.superseded,
      flaggedDeleted: file.deleted,
      twin,
      lineage: this.#lineage.get(file.fileId) ?? 0,
      written: {},
    };
  }
}
