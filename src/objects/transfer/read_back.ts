/**
 * What an earlier process brought of a part, read again from the file.
 *
 * @module
 */
import { crc32 as addCrc32 } from "node:zlib";
import { type Algorithm, type Digester, digester } from "./checksum.ts";
import type { Mark } from "./marks.ts";

/** Bytes read at once. */
const BLOCK = 512 * 1024;

/** A part as far as it is in the file. */
export interface Begun extends Mark {
  /** Of those bytes; the next ones go there. */
  readonly digester: Digester | undefined;
}

/** The part that begins at `offset` of the file, as far as `mark` says; from its first byte where that is not so. */
export async function readBack(
  path: string,
  offset: number,
  mark: Mark | undefined,
  algorithm: Algorithm | undefined,
): Promise<Begun> {
  const nothing = async () => ({
    bytes: 0,
    crc32: 0,
    digester: algorithm === undefined ? undefined : await digester(algorithm),
  });
  const begun = await nothing();
  if (mark === undefined) return begun;
  using file = await Deno.open(path, { read: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  const buffer = new Uint8Array(BLOCK);
  while (begun.bytes < mark.bytes) {
    const room = Math.min(BLOCK, mark.bytes - begun.bytes);
    const count = await file.read(buffer.subarray(0, room));
    if (count === null) return await nothing();
    const bytes = buffer.subarray(0, count);
    begun.crc32 = addCrc32(bytes, begun.crc32);
    begun.digester?.update(bytes);
    begun.bytes += count;
  }
  return begun.crc32 === mark.crc32 ? begun : await nothing();
}
