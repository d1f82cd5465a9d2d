/**
 * The files of one listing, in its order, and how far ahead of a statement their ends are fetched. Pure.
 *
 * @module
 */
import type { Extent } from "../../range/range.ts";
import type { ChunkMap } from "./chunk_map.ts";
import { ColumnUse } from "./column_use.ts";
import { type FileKind, firstPiece, WHOLE_UP_TO } from "./footer_tail.ts";
import type { ChoiceTally, GroupChoice } from "./group_choice.ts";

/** A file of a scan. */
export interface ScanFile {
  /** As the object is remembered. */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly kind: FileKind;
  /** Place in the scan. */
  readonly index: number;
  /** Undefined while the footer is not read, or when it is none. */
  map: ChunkMap | undefined;
  /** What is fetched of each row group; undefined: the same of all. */
  choices?: readonly GroupChoice[];
}

/** A piece of a file that is to be fetched. */
export interface AheadPiece {
  readonly file: ScanFile;
  readonly extent: Extent;
  /** `index` for what holds a footer. */
  readonly kind: "index" | "bulk";
}

/** DuckDB opens as many files at once as it has threads. */
const FIRST_FILES = 16;
const FIRST_BYTES = 1024 * 1024;

/** Files whose ends are fetched ahead when all will be read. */
const WHOLE_FILES = 128;

/** Part of a listing's files that a statement touches when it leaves none out. */
const DENSE = 0.5;

/** A file that is fetched whole has nothing more to fetch. */
const NO_CHUNKS: ChunkMap = { columns: [], groups: [] };

/** A listing as a statement goes through it; a single file is a listing of one. */
export class Scan {
  readonly files: ScanFile[] = [];
  readonly use: ColumnUse = new ColumnUse(
    (file) => this.files[file]?.map?.groups.length ?? 1,
    () => this.files.length,
  );
  /** Whether the statement is known to read all files. */
  isWhole = false;
  /** What a filter has chosen so far. */
  readonly tally: ChoiceTally = { groups: 0, kept: 0, guessed: 0 };
  readonly #touched = new Set<number>();
  #first = Infinity;
  #last = -1;
  #next = 0;
  #bytesTouched = 0;

  add(file: Omit<ScanFile, "index" | "map" | "choices">): ScanFile {
    const isWhole = file.kind === "parquet" && file.size <= WHOLE_UP_TO.parquet;
    const added = { ...file, index: this.files.length, map: isWhole ? NO_CHUNKS : undefined };
    this.files.push(added);
    return added;
  }

  /** The statement asks for something of `file`. */
  touched({ index, size, kind }: ScanFile): void {
    if (this.#touched.has(index)) return;
    this.#touched.add(index);
    this.#bytesTouched += firstPiece(kind, size)?.length ?? 0;
    this.#first = Math.min(this.#first, index);
    this.#last = Math.max(this.#last, index);
  }

  /**
   * First pieces to fetch now, of files after the last that was touched: a few at the first touch, more
   * as they are used, none when the statement takes a file here and there.
   *
   * @param most bytes
   */
  firstPieces(most: number): AheadPiece[] {
    const count = this.#touched.size;
    if (count === 0 || count / (this.#last - this.#first + 1) < DENSE) return [];
    const files = this.isWhole ? WHOLE_FILES : Math.max(FIRST_FILES, count * 2);
    const end = Math.min(this.files.length, this.#last + 1 + files);
    let room = this.isWhole
      ? most / 4
      : Math.min(most, Math.max(FIRST_BYTES, this.#bytesTouched * 2));
    const pieces: AheadPiece[] = [];
    this.#next = Math.max(this.#next, this.#last + 1);
    for (; this.#next < end; this.#next++) {
      const file = this.files[this.#next];
      const extent = firstPiece(file.kind, file.size);
      if (extent === undefined) continue;
      if (extent.length > room) break;
      room -= extent.length;
      pieces.push({ file, extent, kind: file.kind === "parquet" ? "index" : "bulk" });
    }
    return pieces;
  }
}
