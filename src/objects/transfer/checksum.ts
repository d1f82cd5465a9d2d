/**
 * Checksums of bytes as services store them.
 *
 * Measured on this project's reference machine in GB/s of one core: CRC32 of `node:zlib` 17, SHA-256 2.0,
 * SHA-1 1.9, MD5 0.6, CRC64NVME 0.5: so CRC32 is what is sent, and the others are only checked.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 * @module
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { combineCrc, CRC32, CRC64NVME } from "./crc.ts";

/** A kind of checksum; `md5` is what many ETags are. */
export type Algorithm = "crc32" | "crc64nvme" | "sha256" | "sha1" | "md5";

/** Takes bytes piece by piece; gives their checksum as raw bytes. */
export interface Digester {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

/** A new digester. The SDK's modules for CRC64NVME, 25 ms of CPU, are loaded when one is first needed. */
export async function digester(algorithm: Algorithm): Promise<Digester> {
  switch (algorithm) {
    case "crc32": {
      let value = 0;
      return {
        update: (bytes) => void (value = crc32(bytes, value)),
        digest: () => Promise.resolve(crc32Bytes(value)),
      };
    }
    case "crc64nvme": {
      const { Crc64Nvme } = await import("@aws-sdk/crc64-nvme");
      const state = new Crc64Nvme();
      return { update: (bytes) => state.update(bytes), digest: () => state.digest() };
    }
    default: {
      const state = createHash(algorithm);
      return {
        update: (bytes) => void state.update(bytes),
        digest: () => Promise.resolve(new Uint8Array(state.digest())),
      };
    }
  }
}

/** CRC32 of `bytes` in base64, as headers carry it. */
export function crc32Text(bytes: Uint8Array): string {
  return base64(crc32Bytes(crc32(bytes)));
}

/** MD5 of `bytes` in hexadecimal, as ETags carry it. */
export function md5Text(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** The digest of pieces in order. */
export interface PieceDigest {
  readonly digest: Uint8Array;
  /** Bytes. */
  readonly length: number;
}

/** The checksum of the whole from those of its pieces; undefined where mathematics has no way. */
export function combined(
  algorithm: Algorithm,
  pieces: readonly PieceDigest[],
): Uint8Array | undefined {
  if (pieces.length === 1) return pieces[0].digest;
  const kind = algorithm === "crc32" ? CRC32 : algorithm === "crc64nvme" ? CRC64NVME : undefined;
  if (kind === undefined) return undefined;
  const whole = pieces.map(({ digest, length }) => ({ value: toNumber(digest), length }))
    .reduce((a, b) => ({
      value: combineCrc(kind, a.value, b.value, b.length),
      length: a.length + b.length,
    }));
  return toBytes(whole.value, kind.width / 8);
}

/** The checksum of the pieces' checksums: what `…-N` stands for. */
export async function composite(
  algorithm: Algorithm,
  pieces: readonly PieceDigest[],
): Promise<Uint8Array> {
  const state = await digester(algorithm);
  for (const { digest } of pieces) state.update(digest);
  return await state.digest();
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Bytes in hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of a checksum in base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** The bytes of a checksum in hexadecimal. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function crc32Bytes(value: number): Uint8Array {
  return toBytes(BigInt(value), 4);
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(
    { length },
    (_, index) => Number(value >> BigInt(8 * (length - 1 - index)) & 255n),
  );
}
