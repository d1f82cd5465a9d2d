/**
 * Pages decompressed.
 *
 * Zlib, Brotli and Zstandard are Deno's own; Snappy and LZ4, with Hadoop's framing, are
 * hyparquet-compressors'.
 *
 * @module
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressors } from "hyparquet-compressors";
import { UnsupportedError } from "../../errors.ts";
import { type Codec, DamagedError } from "./metadata.ts";

/** A page is held whole, so that one must not take all memory. Writers make pages of 1 MiB, about. */
const LARGEST_PAGE = 256 * 1024 * 1024;

/**
 * `bytes` decompressed.
 *
 * @param length of the result, in bytes
 * @throws {DamagedError} when they are not what the codec wrote, or are of another length
 * @throws {UnsupportedError} for LZO and codecs that came later, and for pages of more than 256 MiB
 */
export function decompress(
  bytes: Uint8Array,
  codec: Codec | undefined,
  length: number,
): Uint8Array {
  if (length < 0) throw new DamagedError(`a page of ${length} bytes`);
  if (length > LARGEST_PAGE) {
    throw new UnsupportedError(`a Parquet page of ${length} bytes is more than is read at once`, {
      hint: "Write the file again with smaller pages, or read it with SQL on a large machine.",
    });
  }
  if (codec === "UNCOMPRESSED") {
    if (bytes.length !== length) throw new DamagedError(`${bytes.length} bytes, not ${length}`);
    return bytes;
  }
  if (length === 0) return new Uint8Array(0);
  const page = inflate(bytes, codec, length);
  if (page.length !== length) {
    throw new DamagedError(`a page of ${page.length} bytes that should have ${length}`);
  }
  return page;
}

function inflate(bytes: Uint8Array, codec: Codec | undefined, length: number): Uint8Array {
  // One byte more, so that a page that is too long is told from a good one.
  const options = { maxOutputLength: length + 1 };
  switch (codec) {
    case "GZIP":
      return plain(gunzipSync(bytes, options));
    case "BROTLI":
      return plain(brotliDecompressSync(bytes, options));
    case "ZSTD":
      return plain(zstdDecompressSync(bytes, options));
    case "SNAPPY":
      if (snappyLength(bytes) !== length) throw new DamagedError("a Snappy page of another length");
      return compressors.SNAPPY!(bytes, length);
    case "LZ4":
      return compressors.LZ4!(bytes, length);
    case "LZ4_RAW":
      return compressors.LZ4_RAW!(bytes, length);
    default:
      throw new UnsupportedError(`Parquet files compressed with ${codec ?? "an unknown codec"}`, {
        hint: "Write the file again with zstd or snappy.",
      });
  }
}

/** Not a Buffer, whose `slice` is a view where that of a Uint8Array is a copy. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** What a Snappy block says about its length: a page that lies must not cost its lie in memory. */
function snappyLength(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    length += (bytes[i] & 0x7f) * 2 ** (7 * i);
    if ((bytes[i] & 0x80) === 0) break;
  }
  return length;
}
