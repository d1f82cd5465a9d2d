/**
 * A Parquet file of which the footer was read.
 *
 * @module
 */
import { Schema } from "apache-arrow";
import { UnreadableFileError, UnsupportedError } from "../../errors.ts";
import { endOf, type Extent, suffix } from "../../range/range.ts";
import { joinChunks, type RangeSource, readBuffer, type ReadOptions } from "../../range/source.ts";
import { uniqueNames } from "../names.ts";
import { type LeafType, leafType, type TypedField, typedField } from "./arrow_type.ts";
import { geometryColumns } from "./geo.ts";
import { damaged } from "./damage.ts";
import {
  type ColumnChunk,
  type ColumnOrder,
  DamagedError,
  type ParquetMetadata,
  parseMetadata,
} from "./metadata.ts";
import { type ColumnNode, type LeafNode, leavesOf, schemaColumns } from "./schema.ts";

/** A column: its tree, its unique name, and what it is in Arrow and in SQL. */
export interface FileColumn {
  readonly name: string;
  readonly node: ColumnNode;
  readonly typed: TypedField;
}

/** The end of a file that was read with its footer. */
interface Tail {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What the footer says, and the bytes around it that came along. */
export class ParquetFile {
  readonly metadata: ParquetMetadata;
  readonly columns: readonly FileColumn[];
  readonly schema: Schema;
  /** Where the footer starts: pages and indexes are before it. */
  readonly dataEnd: number;
  readonly #tail: Tail;
  readonly #isTooShort: boolean;
  readonly #leafTypes = new Map<LeafNode, LeafType>();

  constructor(metadata: ParquetMetadata, dataEnd: number, tail: Tail) {
    this.metadata = metadata;
    this.dataEnd = dataEnd;
    this.#tail = tail;
    this.#isTooShort = leavesOutHeaders(metadata.createdBy);
    const nodes = schemaColumns(metadata.schema);
    const names = uniqueNames(nodes.map((node) => node.name));
    const geometries = geometryColumns(metadata, nodes);
    this.columns = nodes.map((node, i) => ({
      name: names[i],
      node,
      typed: typedField(node, names[i], geometries.get(node.name)),
    }));
    this.schema = new Schema(this.columns.map(({ typed }) => typed.field));
    checkRowGroups(metadata, nodes);
  }

  /** What the leaf of a column is read as; `typed` where the leaf is the column itself. */
  leafType(typed: TypedField | undefined, node: LeafNode): LeafType {
    let type = this.#leafTypes.get(node);
    if (type === undefined) {
      const isGeometry = typed?.sql === "GEOMETRY";
      type = leafType(node, isGeometry ? typed.field.metadata : undefined);
      this.#leafTypes.set(node, type);
    }
    return type;
  }

  /** What the footer says of the order of a leaf's statistics. */
  orderOf({ leaf }: LeafNode): ColumnOrder | undefined {
    const { columnOrders } = this.metadata;
    return columnOrders === undefined ? undefined : columnOrders[leaf] ?? "unknown";
  }

  /** Where the pages of `chunk` are. Old writers left the dictionary's header out of the length. */
  chunkExtent({ extent }: ColumnChunk): Extent {
    if (!this.#isTooShort) return extent;
    const end = Math.max(endOf(extent), Math.min(endOf(extent) + LONGEST_HEADER, this.dataEnd));
    return { offset: extent.offset, length: end - extent.offset };
  }

  /** The bytes of `extent`, where they came with the footer. */
  fromTail(extent: Extent): Uint8Array | undefined {
    const { offset, bytes } = this.#tail;
    if (extent.offset < offset || endOf(extent) > offset + bytes.length) return undefined;
    return bytes.subarray(extent.offset - offset, endOf(extent) - offset);
  }
}

/** Bytes of a dictionary page's header, at most. */
const LONGEST_HEADER = 100;

/** Source: PARQUET-816, fixed in parquet-mr 1.2.9. */
function leavesOutHeaders(createdBy: string | undefined): boolean {
  if (createdBy === undefined) return true;
  const match = /^parquet-mr version (\d+)\.(\d+)\.(\d+)/.exec(createdBy);
  if (match === null) return createdBy === "parquet-mr";
  const [major, minor, patch] = match.slice(1).map(Number);
  return major < 1 || (major === 1 && (minor < 2 || (minor === 2 && patch < 9)));
}

/** Leaves of a row group are found by their place, so the places must be right. */
function checkRowGroups({ rowGroups }: ParquetMetadata, nodes: readonly ColumnNode[]): void {
  const leaves = nodes.flatMap(leavesOf);
  for (const { columns, rows } of rowGroups) {
    if (columns.length !== leaves.length || rows < 0) {
      throw new DamagedError("a row group with other columns than the schema");
    }
    columns.forEach((chunk, i) => {
      if (chunk.isEncrypted) return;
      const { element, path } = leaves[i];
      if (chunk.type !== element.type) {
        throw new DamagedError(`"${element.name}" is ${chunk.type} in a row group`);
      }
      if (chunk.path.length !== path.length || chunk.path.some((name, k) => name !== path[k])) {
        throw new DamagedError(`"${element.name}" is not in its place in a row group`);
      }
      if (chunk.valueCount < 0) throw new DamagedError(`"${element.name}" has less than no values`);
    });
  }
}

const MAGIC = 0x3152_4150; // "PAR1"
const MAGIC_ENCRYPTED = 0x4552_4150; // "PARE"
const TRAILER = 8;

/**
 * How much of a file's end is read first, in bytes. Opening an object brings as much or more, so that
 * this costs no request of its own; most footers are shorter.
 */
const TAIL = 32 * 1024;

/**
 * Reads the footer: one request, or two when it is longer than 32 KiB.
 *
 * @throws {UnreadableFileError} when there is none
 * @throws {UnsupportedError} when the file is encrypted
 */
export async function openParquet(source: RangeSource, options: ReadOptions): Promise<ParquetFile> {
  const { uri, size } = source;
  const reading = { ...options, kind: "index" as const };
  if (size < TRAILER + 4) {
    throw new UnreadableFileError(`${uri} is no Parquet file: it has ${size} bytes`, { uri });
  }
  let tail = await readBuffer(source, suffix(Math.min(size, TAIL)), reading);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const magic = view.getUint32(tail.length - 4, true);
  if (magic === MAGIC_ENCRYPTED) throw encrypted(uri);
  if (magic !== MAGIC) {
    throw new UnreadableFileError(`${uri} is no Parquet file: it does not end in PAR1`, {
      uri,
      byteOffset: size - 4,
      hint: "It is another format, or was cut off while it was written.",
    });
  }
  const length = view.getUint32(tail.length - TRAILER, true);
  const start = size - TRAILER - length;
  if (start < 4) {
    throw new UnreadableFileError(`${uri} has a footer of ${length} bytes in ${size}`, {
      uri,
      byteOffset: size - TRAILER,
    });
  }
  if (length + TRAILER > tail.length) {
    const missing = { kind: "bounded" as const, offset: start, length: size - tail.length - start };
    const [chunks] = await source.read([missing], reading);
    tail = joinChunks([...chunks, tail]);
  }
  const offset = size - tail.length;
  try {
    const metadata = parseMetadata(tail.subarray(start - offset, tail.length - TRAILER));
    if (metadata.isEncrypted) throw encrypted(uri);
    return new ParquetFile(metadata, start, { offset, bytes: tail });
  } catch (error) {
    throw damaged(error, { uri, byteOffset: start, what: "the footer" });
  }
}

function encrypted(uri: string): UnsupportedError {
  return new UnsupportedError(`${uri} is an encrypted Parquet file`, {
    uri,
    hint: "Dipper has no key for it. Write it again without encryption, or decrypt it first.",
  });
}
