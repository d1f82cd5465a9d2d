/**
 * Where the column chunks of a Parquet file are. Pure.
 *
 * @module
 */
import { type ParquetMetadata, parseMetadata } from "../../formats/parquet/metadata.ts";
import { endOf, type Extent } from "../../range/range.ts";

/** The chunks of a file, by row group and column. */
export interface ChunkMap {
  /** Dotted paths of the leaves. */
  readonly columns: readonly string[];
  /** Of each row group, the extent of each column's chunk. */
  readonly groups: readonly (readonly Extent[])[];
}

/** A chunk's place: the number of its row group and of its column. */
export interface ChunkPlace {
  readonly group: number;
  readonly column: number;
}

/** Bytes after the footer: its length and the magic. */
export const TRAILER = 8;
const MAGIC = 0x3152_4150; // "PAR1"

/** Where the footer begins that ends with `tail`; undefined when it is none. */
export function footerStart(tail: Uint8Array, size: number): number | undefined {
  if (tail.length < TRAILER) return undefined;
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  if (view.getUint32(tail.length - 4, true) !== MAGIC) return undefined;
  const start = size - TRAILER - view.getUint32(tail.length - TRAILER, true);
  return start >= 4 ? start : undefined;
}

/** What a footer says, without its length and magic; undefined when it is damaged. */
export function readFooter(footer: Uint8Array): ParquetMetadata | undefined {
  try {
    return parseMetadata(footer);
  } catch {
    return undefined; // whoever reads the file tells what is wrong with it
  }
}

/**
 * The map that a footer gives; undefined when there is nothing to be read.
 *
 * @param end of what is not read with the footer: chunks end there
 */
export function chunkMapOf(metadata: ParquetMetadata, end: number): ChunkMap | undefined {
  const [first] = metadata.rowGroups;
  if (metadata.isEncrypted || first === undefined) return undefined;
  return {
    columns: first.columns.map(({ path }) => path.join(".")),
    groups: metadata.rowGroups.map(({ columns }) =>
      columns.map(({ extent: { offset, length } }) => ({
        offset,
        length: Math.max(0, Math.min(length, end - offset)),
      }))
    ),
  };
}

/** The chunks that lie wholly in `extent`. */
export function chunksIn({ groups }: ChunkMap, extent: Extent): ChunkPlace[] {
  const found: ChunkPlace[] = [];
  for (let group = firstGroup(groups, extent.offset); group < groups.length; group++) {
    if (startOf(groups[group]) >= endOf(extent)) break;
    groups[group].forEach(({ offset, length }, column) => {
      const isInside = length > 0 && offset >= extent.offset && offset + length <= endOf(extent);
      if (isInside) found.push({ group, column });
    });
  }
  return found;
}

/** Writers put row groups in ascending order; the last that starts at or before `position`. */
function firstGroup(groups: ChunkMap["groups"], position: number): number {
  let low = 0;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(groups[middle]) <= position) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function startOf(group: readonly Extent[]): number {
  return group.reduce((least, { offset }) => Math.min(least, offset), Infinity);
}
