/**
 * What follows the bytes in a file of the cache: whose they are and their checksums.
 *
 * Little-endian: `DIP1`, length of the JSON, number of checksums (u32 each); the checksums; the JSON;
 * the CRC32 of all that. A checksum is the CRC32 of 64 KiB of an extent, the last of an extent of what
 * is left. CRC32 because it finds every burst of up to 32 bits and because zlib's runs at 15–20 GB/s
 * here, ten times the speed of reading the file.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { BlockClass, Chunks, ObjectFacts, ObjectPlace, ObjectState } from "../block_cache.ts";
import type { Extent } from "../range.ts";
import { placeHash, principalHash, stateHash, type StateIdentity } from "./identity.ts";

/** Bytes under one checksum. */
export const CHECKED_BLOCK = 64 * 1024;

/** What a file says of the object whose bytes it has. */
export interface SegmentRecord extends Omit<ObjectPlace, "principal">, ObjectFacts {
  /** Hash of who read it. */
  readonly principal: string;
  readonly kind: BlockClass;
  readonly extents: readonly Extent[];
}

/** A trailer that was read. */
export interface Trailer {
  readonly record: SegmentRecord;
  readonly checksums: Uint32Array;
}

const MAGIC = 0x31504944;
const FIXED = 12;

/** The record for bytes of `object`. */
export function makeRecord(
  object: ObjectState,
  facts: Pick<ObjectFacts, "lastModified" | "contentType"> | undefined,
  kind: BlockClass,
  extents: readonly Extent[],
): SegmentRecord {
  return {
    store: object.store,
    principal: principalHash(object.principal),
    bucket: object.bucket,
    key: object.key,
    versionId: object.versionId,
    etag: object.etag!,
    size: object.size,
    lastModified: facts?.lastModified,
    contentType: facts?.contentType,
    kind,
    extents: extents.map(({ offset, length }) => ({ offset, length })),
  };
}

/** Whether `record` is of just this state of this object. */
export function isRecordOf(record: SegmentRecord, object: ObjectState): boolean {
  return record.etag === object.etag && record.size === object.size &&
    record.key === object.key && record.bucket === object.bucket &&
    record.store === object.store && record.versionId === object.versionId &&
    record.principal === principalHash(object.principal);
}

/** Whether `record` is of the state that a file's name has the hashes of. */
export function isRecordNamed(
  record: SegmentRecord,
  { place, state }: Pick<StateIdentity, "place" | "state">,
): boolean {
  return placeHash(record, record.principal) === place && stateHash(record) === state;
}

/** Number of checksums of `extents`. */
export function checksumCount(extents: readonly Extent[]): number {
  return extents.reduce((sum, { length }) => sum + Math.ceil(length / CHECKED_BLOCK), 0);
}

/** The checksums of an extent's bytes, in whatever chunks they come. */
export function checksumsOf(chunks: Chunks): number[] {
  const checksums: number[] = [];
  let sum = 0;
  let filled = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const take = Math.min(CHECKED_BLOCK - filled, chunk.byteLength - at);
      sum = crc32(chunk.subarray(at, at + take), sum);
      at += take;
      filled += take;
      if (filled === CHECKED_BLOCK) {
        checksums.push(sum);
        sum = filled = 0;
      }
    }
  }
  if (filled > 0) checksums.push(sum);
  return checksums;
}

/** The trailer of a file. */
export function encodeTrailer(record: SegmentRecord, checksums: readonly number[]): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(record));
  const bytes = new Uint8Array(FIXED + 4 * checksums.length + json.byteLength + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.byteLength, true);
  view.setUint32(8, checksums.length, true);
  checksums.forEach((sum, i) => view.setUint32(FIXED + 4 * i, sum, true));
  bytes.set(json, FIXED + 4 * checksums.length);
  const end = bytes.byteLength - 4;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Reads a trailer; undefined when it is not one, or not whole. */
export function decodeTrailer(bytes: Uint8Array): Trailer | undefined {
  if (bytes.byteLength < FIXED + 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const end = bytes.byteLength - 4;
  if (view.getUint32(0, true) !== MAGIC || FIXED + 4 * count + jsonLength !== end) return undefined;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) return undefined;
  const checksums = new Uint32Array(count);
  for (let i = 0; i < count; i++) checksums[i] = view.getUint32(FIXED + 4 * i, true);
  const json = new TextDecoder().decode(bytes.subarray(FIXED + 4 * count, end));
  const record = JSON.parse(json) as Omit<SegmentRecord, "lastModified"> & {
    lastModified?: string;
  };
  if (count !== checksumCount(record.extents)) return undefined;
  return {
    record: {
      ...record,
      versionId: record.versionId,
      contentType: record.contentType,
      lastModified: record.lastModified === undefined ? undefined : new Date(record.lastModified),
    },
    checksums,
  };
}
