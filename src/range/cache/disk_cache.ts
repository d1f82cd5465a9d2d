/**
 * Pieces of objects in a folder that any number of processes share.
 *
 * @module
 */
import type {
  BlockClass,
  Chunks,
  Expected,
  ObjectFacts,
  ObjectPlace,
  ObjectState,
} from "../block_cache.ts";
import { holdAll } from "../buffers.ts";
import { endOf, type Extent } from "../range.ts";
import { byteLength, sliceChunks } from "../source.ts";
import { type DiskFiles, errorCode } from "./disk_files.ts";
import type { Holding } from "./extent_map.ts";
import { placeOf, type StateIdentity } from "./identity.ts";
import { Recency } from "./recency.ts";
import { Room } from "./room.ts";
import { diskBytes, type Segment, type SegmentExtent } from "./segment_name.ts";
import type { Piece } from "./segment_plan.ts";
import { DamagedSegment, readPiece, readRecord } from "./segment_read.ts";
import { prepareSegment, type SegmentPlan, writeSegment } from "./segment_write.ts";
import { ShardIndex } from "./shard_index.ts";
import { WriteBehind } from "./write_behind.ts";

/** What a disk cache is made of. */
export interface DiskCacheOptions {
  /** The folder for blocks, made and checked. */
  readonly folder: string;
  /** Most bytes that it may hold. */
  readonly bound: number;
  /** Most bytes that may wait to be written. */
  readonly queue: number;
  readonly files: DiskFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told once, in a sentence, when nothing more can be written. */
  readonly notice: (notice: string) => void;
  /** What is known of an object, to be written along. */
  readonly facts: (place: string) => ObjectFacts | undefined;
}

/** What a disk cache did. Bytes. */
export interface DiskCacheStats {
  readonly written: number;
  /** Not written, because too much waited. */
  readonly dropped: number;
  readonly evicted: number;
  /** Files that were not what had been written; they are gone and their bytes are fetched again. */
  readonly damagedFiles: number;
}

/** Facts with the time at which the service last said so. */
export interface ValidatedFacts extends ObjectFacts {
  readonly validated: Date;
}

/** Milliseconds that pieces wait for others, so that files are few and short queries are left alone. */
const DELAY = 1_000;
/** One writer keeps the disk busy; a second fills its gaps. */
const WRITERS = 2;
/** Codes after which writing is given up: no room, no right, no such folder any more. */
const FINAL = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM"];

/** Never rejects: what cannot be read is missing, what cannot be written is dropped. */
export class DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #index: ShardIndex;
  readonly #room: Room;
  readonly #queue: WriteBehind;
  readonly #recency: Recency;
  #written = 0;
  #damaged = 0;
  #stopped = false;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: DiskCacheOptions) {
    const { files, folder, bound, now } = options;
    this.#options = options;
    this.#index = new ShardIndex(files, folder, now);
    this.#room = new Room(files, this.#index, folder, bound, now);
    this.#recency = new Recency(files, now);
    this.#queue = new WriteBehind({
      limit: options.queue,
      delay: DELAY,
      writers: WRITERS,
      write: (plan) => this.#write(plan),
    });
  }

  get stats(): DiskCacheStats {
    return {
      written: this.#written,
      dropped: this.#queue.dropped,
      evicted: this.#room.evicted,
      damagedFiles: this.#damaged,
    };
  }

  /** Lists what has to be listed before {@link DiskCache.held} can tell. */
  look(identity: StateIdentity, when: "ever" | "lately"): void | Promise<void> {
    return this.#index.look(identity.place, when);
  }

  /** What waits to be written of `extent`. */
  waiting(identity: StateIdentity, extent: Extent): Holding<Piece>[] {
    return this.#queue.held(identity.id, extent);
  }

  /** What is in files of `extent`, of what was listed. */
  held(identity: StateIdentity, extent: Extent): Holding<SegmentExtent>[] {
    return this.#index.state(identity).map.overlapping(extent);
  }

  /** The bytes of `extent`, wherever they are, held for the caller; undefined when some are gone or damaged. */
  async load(
    object: ObjectState,
    identity: StateIdentity,
    extent: Extent,
  ): Promise<{ readonly chunks: Chunks; readonly kind: BlockClass } | undefined> {
    const chunks: Uint8Array[] = [];
    let kind: BlockClass = "bulk";
    for (let at = extent.offset; at < endOf(extent);) {
      const rest = { offset: at, length: endOf(extent) - at };
      const [waits] = this.waiting(identity, rest);
      const [held] = this.held(identity, rest);
      if (waits?.offset === at) {
        const { value, start, length } = waits;
        const found = sliceChunks(value.chunks, start, start + length);
        holdAll(found);
        chunks.push(...found);
        at += length;
      } else if (held?.offset === at) {
        const bytes = await this.#read(object, held);
        if (bytes === undefined) return undefined;
        if (held.value.segment.kind === "index") kind = "index";
        chunks.push(bytes);
        at += bytes.byteLength;
      } else return undefined;
    }
    return { chunks, kind };
  }

  /** Room in the queue for bytes that are about to be fetched; see {@link QueueRoom}. */
  expect(bytes: number, signal: AbortSignal): Expected | Promise<Expected> {
    return this.#stopped ? () => {} : this.#queue.room.expect(bytes, signal);
  }

  /** Takes a piece; what of it is in files already is left out. */
  keep(
    object: ObjectState,
    identity: StateIdentity,
    offset: number,
    chunks: Chunks,
    kind: BlockClass,
  ): void {
    if (this.#stopped) return;
    const looking = this.#index.look(identity.place, "ever");
    if (looking === undefined) this.#enqueue(object, identity, offset, chunks, kind);
    else {
      this.#follow(
        looking.then(() => this.#enqueue(object, identity, offset, chunks, kind)),
      );
    }
  }

  #enqueue(
    object: ObjectState,
    identity: StateIdentity,
    offset: number,
    chunks: Chunks,
    kind: BlockClass,
  ): void {
    const length = byteLength(chunks);
    for (const gap of this.#index.state(identity).map.gaps({ offset, length })) {
      const start = gap.offset - offset;
      const part = gap.length === length ? chunks : sliceChunks(chunks, start, start + gap.length);
      this.#queue.add(object, identity, gap.offset, part, kind);
    }
  }

  /** What the files of a place say of it, the newest first. */
  async recall(place: ObjectPlace): Promise<ValidatedFacts | undefined> {
    const hash = placeOf(place);
    await this.#index.look(hash, "ever");
    if (this.#index.place(hash).length === 0) await this.#index.look(hash, "lately");
    for (const segment of this.#index.place(hash)) {
      try {
        const record = await readRecord(this.#options.files, this.#index.path(segment), segment);
        const { etag, size, lastModified, contentType } = record;
        return { etag, size, lastModified, contentType, validated: new Date(segment.created) };
      } catch (error) {
        await this.#lose(segment, error);
      }
    }
    return undefined;
  }

  /** Writes that an object without bytes is known; one with bytes is known by them. */
  rememberEmpty(object: ObjectState, identity: StateIdentity): void {
    this.#follow((async () => {
      await this.#index.look(identity.place, "ever");
      if (this.#index.state(identity).segments.size > 0) return;
      await this.#write({ object, identity, kind: "index", pieces: [] });
    })());
  }

  /** Removes the files of other states of the same place. */
  dropOthers(identity: StateIdentity): void {
    const looking = this.#index.look(identity.place, "ever");
    if (looking === undefined && !this.#index.hasOthers(identity)) return;
    this.#follow((async () => {
      await looking;
      for (const segment of this.#index.place(identity.place)) {
        if (segment.state !== identity.state) await this.#remove(segment);
      }
    })());
  }

  /** Resolves when all that waits is written or dropped. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#queue.settled();
    await this.#recency.settled();
  }

  #follow(work: Promise<void>): void {
    const followed = work.finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }

  async #read(
    object: ObjectState,
    { value: extent, start, length }: Holding<SegmentExtent>,
  ): Promise<Uint8Array | undefined> {
    const { segment } = extent;
    const path = this.#index.path(segment);
    try {
      const piece = { extent, start, length };
      const bytes = await readPiece(this.#options.files, path, object, piece);
      this.#recency.used(path, segment.created);
      return bytes;
    } catch (error) {
      await this.#lose(segment, error);
      return undefined;
    }
  }

  /** A file could not be read: it is forgotten, and removed when it is damaged. */
  async #lose(segment: Segment, error: unknown): Promise<void> {
    if (error instanceof DamagedSegment) {
      this.#damaged++;
      await this.#remove(segment);
    } else this.#index.remove(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#index.remove(segment);
    try {
      await this.#options.files.remove(this.#index.path(segment));
      this.#room.release(diskBytes(segment));
    } catch {
      // Another process was faster, or the folder may not be written to.
    }
  }

  async #write(plan: SegmentPlan): Promise<void> {
    if (this.#stopped) return;
    const { files, folder, now, facts } = this.#options;
    const known = facts(plan.identity.place);
    const isSame = known?.etag === plan.object.etag && known?.size === plan.object.size;
    if (known !== undefined && !isSame) return; // replaced meanwhile
    const prepared = prepareSegment(plan, known, now());
    const bytes = diskBytes(prepared.segment);
    try {
      if (!await this.#room.grant(bytes)) return;
      let how: "written" | "failed" = "failed";
      try {
        await writeSegment(files, folder, prepared);
        this.#index.add(prepared.segment);
        how = "written";
      } finally {
        this.#room.settle(bytes, how);
      }
      this.#written += bytes;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A failure that will come again ends writing; of others, the piece is lost and nothing else. */
  #fail(error: unknown): void {
    const code = errorCode(error);
    if (this.#stopped || code === undefined || !FINAL.includes(code)) return;
    this.#stopped = true;
    this.#queue.discard();
    const why = code === "ENOSPC" || code === "EDQUOT"
      ? "there is no room left on its disk"
      : "its folder cannot be written to";
    this.#options.notice(
      `The cache takes nothing more: ${why} (${this.#options.folder}). Reading goes on without it.`,
    );
  }
}
