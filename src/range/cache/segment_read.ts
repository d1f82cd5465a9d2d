/**
 * Reads pieces out of the cache's files; no byte leaves unchecked.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { ObjectState } from "../block_cache.ts";
import type { DiskFiles, OpenFile } from "./disk_files.ts";
import type { Segment, SegmentExtent } from "./segment_name.ts";
import {
  CHECKED_BLOCK,
  checksumCount,
  decodeTrailer,
  isRecordNamed,
  isRecordOf,
  type SegmentRecord,
  type Trailer,
} from "./segment_trailer.ts";

/** A file with other bytes than were written. */
export class DamagedSegment extends Error {}

/** A part of an extent. */
export interface SegmentPiece {
  readonly extent: SegmentExtent;
  /** Bytes from the extent's first. */
  readonly start: number;
  readonly length: number;
}

/** Files of at most so many bytes are read in one go, trailer and all. */
const WHOLE = 64 * 1024;

/** Checksums of files that were looked at, by the file's description. */
const trailers = new WeakMap<Segment, Trailer>();

/**
 * The bytes of a piece of a file of `object`, checked.
 *
 * @throws {DamagedSegment} when the file is not what was written
 * @throws the system's error when it cannot be read
 */
export async function readPiece(
  files: DiskFiles,
  path: string,
  object: ObjectState,
  piece: SegmentPiece,
): Promise<Uint8Array> {
  const { segment } = piece.extent;
  const { dataLength, trailerLength } = segment;
  const opened = files.open(path);
  const file = opened instanceof Promise ? await opened : opened;
  try {
    let trailer = trailers.get(segment);
    if (trailer === undefined && dataLength + trailerLength <= WHOLE) {
      const whole = await read(file, 0, dataLength + trailerLength);
      trailer = check(segment, whole.subarray(dataLength), object);
      return checked(piece, trailer, 0, whole);
    }
    trailer ??= check(segment, await read(file, dataLength, trailerLength), object);
    const first = piece.start - piece.start % CHECKED_BLOCK;
    const end = Math.min(
      Math.ceil((piece.start + piece.length) / CHECKED_BLOCK) * CHECKED_BLOCK,
      piece.extent.length,
    );
    const from = piece.extent.position + first;
    return checked(piece, trailer, from, await read(file, from, end - first));
  } finally {
    file.close();
  }
}

/** What a file says of itself; the errors are those of {@link readPiece}. */
export async function readRecord(
  files: DiskFiles,
  path: string,
  segment: Segment,
): Promise<SegmentRecord> {
  const known = trailers.get(segment);
  if (known !== undefined) return known.record;
  const file = await files.open(path);
  try {
    return check(segment, await read(file, segment.dataLength, segment.trailerLength)).record;
  } finally {
    file.close();
  }
}

/** Verifies all of a file's checksums; fails as {@link readPiece} does. */
export async function verifySegment(
  files: DiskFiles,
  path: string,
  segment: Segment,
): Promise<void> {
  const file = await files.open(path);
  try {
    const trailer = check(segment, await read(file, segment.dataLength, segment.trailerLength));
    for (const extent of segment.extents) {
      const bytes = await read(file, extent.position, extent.length);
      checked({ extent, start: 0, length: extent.length }, trailer, extent.position, bytes);
    }
  } finally {
    file.close();
  }
}

async function read(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const pending = file.read(position, length);
  const bytes = pending instanceof Promise ? await pending : pending;
  if (bytes.byteLength !== length) throw new DamagedSegment("the file is too short");
  return bytes;
}

function check(segment: Segment, bytes: Uint8Array, object?: ObjectState): Trailer {
  const trailer = decodeTrailer(bytes);
  if (trailer === undefined) throw new DamagedSegment("the trailer is damaged");
  const { extents } = trailer.record;
  const same = extents.length === segment.extents.length &&
    segment.extents.every(({ offset, length }, i) =>
      offset === extents[i].offset && length === extents[i].length
    );
  const isNamed = object === undefined
    ? isRecordNamed(trailer.record, segment)
    : isRecordOf(trailer.record, object);
  if (!same || !isNamed) {
    throw new DamagedSegment("the file is not the one that its name says");
  }
  trailers.set(segment, trailer);
  return trailer;
}

/** The piece, out of `bytes` that start at `from` in the file. */
function checked(
  { extent, start, length }: SegmentPiece,
  { checksums }: Trailer,
  from: number,
  bytes: Uint8Array,
): Uint8Array {
  const before = checksumCount(extent.segment.extents.slice(0, extent.number));
  const base = extent.position - from;
  for (let at = start - start % CHECKED_BLOCK; at < start + length; at += CHECKED_BLOCK) {
    const end = Math.min(at + CHECKED_BLOCK, extent.length);
    if (crc32(bytes.subarray(base + at, base + end)) !== checksums[before + at / CHECKED_BLOCK]) {
      throw new DamagedSegment("a checksum is wrong");
    }
  }
  return bytes.subarray(base + start, base + start + length);
}
