/**
 * Reads objects before a client asks for them, as what it has asked for so far lets expect.
 *
 * @module
 */
import { CancelledError, throwIfAborted } from "../../errors.ts";
import type { BlockClass, Chunks } from "../../range/block_cache.ts";
import { bounded, type ByteRange, endOf, type Extent } from "../../range/range.ts";
import type { RangeReader } from "../../range/reader.ts";
import { joinChunks, type LendingSource, type ReadOptions } from "../../range/source.ts";
import type { Account } from "../activity.ts";
import type { Locator } from "../exchange.ts";
import { type KnownObject, memoryName, type ObjectMemory } from "../object_memory.ts";
import type { ParquetMetadata } from "../../formats/parquet/metadata.ts";
import { chunkMapOf, chunksIn, footerStart, readFooter, TRAILER } from "./chunk_map.ts";
import { ChunkPlan } from "./chunk_plan.ts";
import { fileKind, footerTail } from "./footer_tail.ts";
import { Fronts } from "./front.ts";
import { chooseForTop, chooseGroups } from "./group_choice.ts";
import { expectedRead, type ReadHint } from "./hint.ts";
import type { Pin, PinnedCache } from "./pinned_cache.ts";
import { type AheadPiece, Scan, type ScanFile } from "./scan.ts";

/** What reading ahead works with. */
export interface AheadParts {
  readonly reader: RangeReader;
  /** The reader's cache. */
  readonly cache: PinnedCache;
  readonly stores: Locator;
  readonly account: Account;
  readonly memory: ObjectMemory;
  /** Bytes that may be fetched and not asked for yet; 0: nothing is read ahead. */
  readonly most: number;
  /** Whether listings are followed from file to file. */
  readonly follows: "listings" | "objects";
}

/** An object that the client asks for. */
export interface AskedObject {
  readonly bucket: string;
  readonly key: string;
  readonly known: KnownObject;
}

/** Objects that are followed; the oldest go first. */
const MOST_FILES = 50_000;

/** Milliseconds in which the answer with a footer is on its way. */
const SOON = 1;

/** A listing that the client goes through, or a single file. */
interface Course {
  readonly scan: Scan;
  readonly plan: ChunkPlan;
  /** Files whose footer was fetched and not looked at yet. */
  readonly fetched: Followed[];
}

interface Followed {
  readonly file: ScanFile;
  readonly course: Course;
  fronts: Fronts | undefined;
  isMapped: boolean;
  /** Until it is known what the statement reads. */
  footer: ParquetMetadata | undefined;
  /** Whether the client has asked for any of it. */
  isTouched: boolean;
  /** Data that was asked for while the footer was being read. */
  readonly waiting: Extent[];
}

/** The read-ahead of one client. */
export class Ahead {
  readonly #parts: AheadParts;
  readonly #courses = new Map<string, Course>();
  readonly #files = new Map<string, Followed>();
  readonly #pins = new Set<Pin>();
  readonly #soon = new Set<ReturnType<typeof setTimeout>>();
  #hint: ReadHint | undefined;
  #stop = new AbortController();

  constructor(parts: AheadParts) {
    this.#parts = parts;
  }

  /** What is known of the statement that comes next, or is being read by now. */
  hint(hint: ReadHint): void {
    this.#hint = hint;
    for (const followed of this.#files.values()) {
      if (!followed.isTouched || followed.file.kind !== "parquet") continue;
      this.#map(followed);
      this.#expect(followed);
      this.#goOn(followed.course);
    }
    for (const course of this.#courses.values()) this.#goOn(course);
  }

  /** Ends what is under way, and forgets what was learned. */
  stop(): void {
    for (const timer of this.#soon) clearTimeout(timer);
    this.#soon.clear();
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#courses.clear();
    this.#files.clear();
    this.#parts.account.ahead.clear();
    for (const pin of this.#pins) pin.release();
    this.#pins.clear();
    this.#hint = undefined;
  }

  /** The client has listed these objects. */
  listed(
    bucket: string,
    prefix: string,
    objects: readonly { readonly key: string; readonly size: number; readonly etag?: string }[],
  ): void {
    if (this.#parts.most === 0 || this.#parts.follows !== "listings") return;
    for (const { key, size, etag } of objects) {
      const kind = fileKind(key);
      if (kind === "other" || size === 0 || etag === undefined) continue;
      const name = memoryName(bucket, key, undefined);
      if (this.#files.has(name)) continue;
      const courseName = JSON.stringify([bucket, prefix, kind]);
      const course = this.#courses.get(courseName) ?? newCourse();
      this.#courses.set(courseName, course);
      this.#follow({ name, bucket, key, size, kind }, course);
    }
  }

  /** The client is told of an object, and will ask for its bytes. */
  opened(object: AskedObject): void {
    if (this.#parts.most === 0 || this.#hint === undefined || object.known.size === 0) return;
    const followed = this.#followed(object);
    if (followed?.file.kind === "parquet") this.#map(followed);
  }

  /** The client asks for `extent` of an object. */
  asked(object: AskedObject, extent: Extent): void {
    const followed = this.#followed(object);
    if (followed === undefined) return;
    const { file, course } = followed;
    followed.isTouched = true;
    this.#parts.account.ahead.asked(file.name, extent);
    if (this.#parts.follows === "listings") {
      course.scan.touched(file);
      this.#fetchFirst(course);
    }
    if (file.kind === "parquet") return this.#askedOfParquet(followed, extent);
    followed.fronts ??= new Fronts(file.size);
    const next = followed.fronts.asked(extent, this.#room);
    if (next !== undefined) this.#fetch({ file, extent: next, kind: "bulk" });
  }

  #askedOfParquet(followed: Followed, extent: Extent): void {
    const { file, course, waiting } = followed;
    // What reaches to the end is the footer.
    if (file.map === undefined && endOf(extent) === file.size && this.#hint === undefined) {
      // Others than statements have no plan that would come soon.
      const isSingle = this.#parts.follows === "listings" && course.scan.files.length === 1;
      return isSingle ? this.#mapSoon(followed) : undefined;
    }
    if (file.map !== undefined) return this.#took(followed, extent);
    waiting.push(extent);
    this.#map(followed);
  }

  #took({ file, course }: Followed, extent: Extent): void {
    const { use } = course.scan;
    for (const { group, column } of chunksIn(file.map!, extent)) {
      use.took(file.map!.columns[column], { file: file.index, group });
    }
    this.#goOn(course);
  }

  #fetchFirst({ scan }: Course): void {
    for (const piece of scan.firstPieces(this.#room)) this.#fetch(piece);
  }

  /** Looks at the footers that have come, and fetches the chunks that are next. */
  #goOn({ scan, plan, fetched }: Course): void {
    if (scan.use.columns.length === 0 && this.#hint === undefined) return;
    for (const followed of fetched.splice(0)) this.#map(followed);
    for (const piece of plan.next(this.#room)) this.#fetch(piece);
  }

  /** Reads the footer of a single file while the client reads it too: what it will want is soon known. */
  #mapSoon(followed: Followed): void {
    const timer = setTimeout(() => {
      this.#soon.delete(timer);
      this.#map(followed);
    }, SOON);
    this.#soon.add(timer);
  }

  /** Reads the footer, once; it is in the cache or on its way when the client has asked for it. */
  #map(followed: Followed): void {
    if (followed.isMapped || followed.file.map !== undefined) return;
    followed.isMapped = true;
    const { file, course, waiting } = followed;
    this.#readFooter(file).then((footer) => {
      // DuckDB keeps what it has read with the footer.
      const map = footer && chunkMapOf(footer, file.size - footerTail(file.size));
      if (map === undefined || this.#files.get(file.name) !== followed) return;
      file.map = map;
      const mayBeExpected = this.#hint !== undefined || course.scan.files.length === 1;
      followed.footer = mayBeExpected ? footer : undefined;
      this.#expect(followed);
      for (const extent of waiting.splice(0)) this.#took(followed, extent);
      this.#goOn(course);
    }, () => {}); // whoever asks for the footer is told
  }

  /** Plans for what the statement is known to read. */
  #expect(followed: Followed): void {
    const { file, course, footer } = followed;
    if (this.#hint === undefined || file.map === undefined || footer === undefined) return;
    followed.footer = undefined;
    const expected = expectedRead(this.#hint, file.map.columns, file.key);
    if (expected === undefined) return;
    const { columns, filter, top } = expected;
    // Of many files, the best rows may end the search in any.
    if (top !== undefined && course.scan.files.length > 1) return;
    if (top !== undefined) file.choices = chooseForTop(footer, top);
    if (filter !== undefined) {
      file.choices = chooseGroups(footer, { columns, filter }, course.scan.tally);
    }
    course.plan.expect(columns, top === undefined ? filter?.columns : [top.column]);
    course.scan.isWhole = true;
    this.#fetchFirst(course);
  }

  async #readFooter(file: ScanFile): Promise<ParquetMetadata | undefined> {
    const { size } = file;
    const length = footerTail(size);
    const tail = joinChunks(await this.#read(file, { offset: size - length, length }, "index"));
    const start = footerStart(tail, size);
    if (start === undefined) return undefined;
    const missing = { offset: start, length: Math.max(0, size - length - start) };
    const head = missing.length === 0 ? [] : await this.#read(file, missing, "index");
    const whole = joinChunks([...head, tail]);
    const end = whole.length - TRAILER;
    return readFooter(whole.subarray(start - (size - whole.length), end));
  }

  /** Fetches a piece; a failure is told to whoever asks for the bytes. */
  #fetch({ file, extent, kind }: AheadPiece): void {
    const read = (source: LendingSource, range: ByteRange, options: ReadOptions) =>
      source.bring(range, options);
    this.#reading(file, extent, kind, read).then(() => {
      const followed = this.#files.get(file.name);
      if (kind !== "index" || followed?.file !== file || file.map !== undefined) return;
      followed.course.fetched.push(followed);
      this.#goOn(followed.course);
    }, () => {});
  }

  /** The bytes, for who looks at them here. */
  #read(file: ScanFile, extent: Extent, kind: BlockClass): Promise<Chunks> {
    const read = async (source: LendingSource, range: ByteRange, options: ReadOptions) =>
      (await source.read([range], options))[0];
    return this.#reading(file, extent, kind, read);
  }

  async #reading<T>(
    file: ScanFile,
    extent: Extent,
    kind: BlockClass,
    work: (source: LendingSource, range: ByteRange, options: ReadOptions) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.#stop;
    const { account, cache } = this.#parts;
    const read = account.ahead.began(file.name, extent);
    let pin: Pin | undefined;
    let isGood = false;
    try {
      const { source, bucket } = await this.#source(file, signal);
      throwIfAborted(signal);
      pin = cache.pin({ bucket, key: file.key, etag: source.etag }, extent);
      this.#pins.add(pin);
      const range = bounded(extent.offset, extent.length);
      const { counter } = read;
      const result = await work(source, range, { signal, priority: "ahead", kind, counter });
      isGood = true;
      return result;
    } finally {
      if (!isGood) pin?.release();
      account.ahead.ended(read, isGood);
    }
  }

  async #source(
    { name, bucket, key }: ScanFile,
    signal: AbortSignal,
  ): Promise<{ source: LendingSource; bucket: string }> {
    const { memory, stores, reader, account } = this.#parts;
    const located = await stores.locate(bucket, signal);
    const known = memory.recall(name);
    if (known?.source !== undefined) return { source: known.source, bucket: located.bucket };
    if (known?.etag === undefined) throw new CancelledError("the object is not known any more");
    const place = { bucket: located.bucket, key };
    const { reads: counter } = account;
    const source = await reader.openListed(located.store, place, known, { signal, counter });
    memory.refine(name, known, { ...known, source });
    return { source, bucket: located.bucket };
  }

  /** Bytes that may be fetched now. */
  get #room(): number {
    const { most, account } = this.#parts;
    return Math.min(most - account.ahead.unread, account.roomAhead());
  }

  #followed({ bucket, key, known }: AskedObject): Followed | undefined {
    const { size, etag } = known;
    if (this.#parts.most === 0 || etag === undefined || size === 0) return undefined;
    const name = memoryName(bucket, key, undefined);
    const followed = this.#files.get(name);
    if (followed?.file.size === size) return followed;
    return this.#follow({ name, bucket, key, size, kind: fileKind(key) }, newCourse());
  }

  #follow(file: Omit<ScanFile, "index" | "map">, course: Course): Followed {
    const followed: Followed = {
      file: course.scan.add(file),
      course,
      fronts: undefined,
      isMapped: false,
      footer: undefined,
      isTouched: false,
      waiting: [],
    };
    this.#files.delete(file.name);
    this.#files.set(file.name, followed);
    if (this.#files.size > MOST_FILES) this.#files.delete(this.#files.keys().next().value!);
    return followed;
  }
}

function newCourse(): Course {
  const scan = new Scan();
  return { scan, plan: new ChunkPlan(scan), fetched: [] };
}
