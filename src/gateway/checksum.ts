/**
 * The checksums that S3 clients put after a body.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 * @module
 */
import { createHash } from "node:crypto";

/** Takes a body piece by piece; gives its checksum in base64. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** Polynomials, reflected. */
const CRC32 = 0xedb88320;
const CRC32C = 0x82f63b78;

/** The checksum of the header `x-amz-checksum-…`; undefined for one that is not known here. */
export function checksumOf(header: string): Checksum | undefined {
  switch (header) {
    case "x-amz-checksum-crc32":
      return crc(CRC32);
    case "x-amz-checksum-crc32c":
      return crc(CRC32C);
    case "x-amz-checksum-sha1":
      return hash("sha1");
    case "x-amz-checksum-sha256":
      return hash("sha256");
    default:
      return undefined;
  }
}

function hash(name: string): Checksum {
  const state = createHash(name);
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => state.digest("base64"),
  };
}

function crc(polynomial: number): Checksum {
  const tables = slicingTables(polynomial);
  const [t0, t1, t2, t3] = tables;
  let value = 0xffffffff;
  return {
    update(bytes) {
      let c = value;
      let at = 0;
      for (const end = bytes.length - 3; at < end; at += 4) {
        c ^= bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
        c = t3[c & 255] ^ t2[c >>> 8 & 255] ^ t1[c >>> 16 & 255] ^ t0[c >>> 24];
      }
      for (; at < bytes.length; at++) c = t0[(c ^ bytes[at]) & 255] ^ c >>> 8;
      value = c;
    },
    digest() {
      const out = new Uint8Array(4);
      new DataView(out.buffer).setUint32(0, (value ^ 0xffffffff) >>> 0);
      return btoa(String.fromCharCode(...out));
    },
  };
}

const tablesOf = new Map<number, readonly Int32Array[]>();

/** Tables that take four bytes a step. */
function slicingTables(polynomial: number): readonly Int32Array[] {
  const known = tablesOf.get(polynomial);
  if (known !== undefined) return known;
  const first = Int32Array.from({ length: 256 }, (_, index) => {
    let c = index;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? polynomial ^ c >>> 1 : c >>> 1;
    return c;
  });
  const tables = [first];
  while (tables.length < 4) {
    tables.push(tables[tables.length - 1].map((c) => first[c & 255] ^ c >>> 8));
  }
  tablesOf.set(polynomial, tables);
  return tables;
}
