/**
 * The hybrid of run lengths and bit packing: levels, dictionary indices and booleans.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3
 * @module
 */
import { DamagedError } from "./metadata.ts";

/** Bits that hold every level up to `highest`. */
export function levelWidth(highest: number): number {
  return 32 - Math.clz32(highest);
}

/**
 * Decodes `out.length` values of `width` bits from the start of `bytes`.
 *
 * @throws {DamagedError} when there are fewer
 */
export function decodeHybrid(bytes: Uint8Array, width: number, out: Uint8Array | Int32Array): void {
  if (width > 32) throw new DamagedError(`values of ${width} bits`);
  const count = out.length;
  const byteWidth = (width + 7) >> 3;
  let at = 0;
  let filled = 0;
  while (filled < count) {
    if (at >= bytes.length) throw short(filled, count);
    let header = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw short(filled, count);
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    header >>>= 0;
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - filled);
      if (at + byteWidth > bytes.length) throw short(filled, count);
      let value = 0;
      for (let i = 0; i < byteWidth; i++) value |= bytes[at++] << (8 * i);
      out.fill(value, filled, filled + run);
      filled += run;
    } else {
      const values = (header >>> 1) * 8;
      const wanted = Math.min(values, count - filled);
      // Some writers cut the last group short, so only what is wanted has to be there.
      if (at + Math.ceil(wanted * width / 8) > bytes.length) throw short(filled, count);
      unpack(bytes, at, width, out, filled, wanted);
      at += (header >>> 1) * width;
      filled += wanted;
    }
  }
}

function unpack(
  bytes: Uint8Array,
  at: number,
  width: number,
  out: Uint8Array | Int32Array,
  filled: number,
  count: number,
): void {
  if (width === 0) {
    out.fill(0, filled, filled + count);
    return;
  }
  if (width === 8) {
    for (let i = 0; i < count; i++) out[filled + i] = bytes[at + i];
    return;
  }
  if (width === 1) {
    for (let i = 0; i < count; i++) out[filled + i] = (bytes[at + (i >> 3)] >> (i & 7)) & 1;
    return;
  }
  if (width > 24) {
    unpackWide(bytes, at, width, out, filled, count);
    return;
  }
  const mask = (1 << width) - 1;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < count; i++) {
    while (bits < width) {
      held |= bytes[at++] << bits;
      bits += 8;
    }
    out[filled + i] = held & mask;
    held >>>= width;
    bits -= width;
  }
}

/** As {@link unpack}, for widths whose bits and a byte's rest need more than 32 bits. */
function unpackWide(
  bytes: Uint8Array,
  at: number,
  width: number,
  out: Uint8Array | Int32Array,
  filled: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const bit = i * width;
    let value = 0;
    for (let have = 0; have < width;) {
      const place = bit + have;
      const shift = place & 7;
      const take = Math.min(8 - shift, width - have);
      value += ((bytes[at + (place >> 3)] >> shift) & ((1 << take) - 1)) * 2 ** have;
      have += take;
    }
    out[filled + i] = value | 0;
  }
}

function short(filled: number, count: number): DamagedError {
  return new DamagedError(`${filled} values where there should be ${count}`);
}
