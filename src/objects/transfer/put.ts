/**
 * Bytes to an object or to a part of one, held against what the service says it has stored: by CRC32 where
 * it says that, by the MD5 of its ETag elsewhere. A service that was seen not to know checksums is sent
 * the MD5 beforehand, so that it refuses what was altered on the way.
 *
 * @module
 */
import { isDipperError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { base64, crc32Text, fromHex, md5Text } from "./checksum.ts";
import { plainTag } from "./receive.ts";
import { storedIfAny } from "./stored.ts";
import { mismatch } from "./work.ts";
import type { Wire, WireAnswer, WireRequest, WireTarget } from "./wire.ts";

/** What to put where. */
export interface Put {
  readonly target: WireTarget;
  readonly bytes: Uint8Array;
  /** Part of an upload; absent: the object itself. */
  readonly part?: { readonly uploadId: string; readonly number: number };
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the service has then. */
export interface Stored {
  /** Without the quotes. */
  readonly etag: string;
  /** In base64. */
  readonly crc32: string;
  readonly checked: "crc32" | "md5" | undefined;
}

/** Stores that answered without the checksum that they were sent. */
const withoutChecksums = new WeakSet<Store>();

/** How often bytes are sent that arrive altered. */
const TRIES = 3;

/**
 * Puts the bytes.
 *
 * @throws {ServiceError} when the service has other bytes, time and again
 */
export async function put(wire: Wire, what: Put, signal: AbortSignal): Promise<Stored> {
  const { target, bytes, part, headers = {} } = what;
  const crc32 = crc32Text(bytes);
  let md5: string | undefined;
  const operation = part === undefined ? "PutObject" : "UploadPart";
  for (let attempt = 1;; attempt++) {
    if (withoutChecksums.has(target.store)) md5 ??= md5Text(bytes);
    const request: WireRequest = {
      target,
      method: "PUT",
      operation,
      ...(part === undefined
        ? {}
        : { query: { partNumber: String(part.number), uploadId: part.uploadId } }),
      headers: {
        ...headers,
        "x-amz-checksum-crc32": crc32,
        ...(md5 === undefined ? {} : { "content-md5": base64(fromHex(md5)) }),
      },
      body: bytes,
    };
    let answer: WireAnswer;
    try {
      answer = await wire.send(request, signal);
    } catch (error) {
      if (isAltered(error) && attempt < TRIES) continue;
      if (part === undefined && isDipperError(error, "object_changed", "target_exists")) {
        // The answer to an earlier try may have been lost: then the object there is this one.
        md5 ??= md5Text(bytes);
        const there = await storedIfAny(wire, target, signal);
        if (there?.etag === md5 && there.size === bytes.byteLength) {
          return { etag: md5, crc32, checked: "md5" };
        }
      }
      throw error;
    }
    const etag = plainTag(answer.headers.get("etag") ?? "");
    const said = answer.headers.get("x-amz-checksum-crc32");
    if (said === crc32) return { etag, crc32, checked: "crc32" };
    if (said === null) {
      withoutChecksums.add(target.store);
      if (!isMd5(etag, answer.headers)) return { etag, crc32, checked: undefined };
      md5 ??= md5Text(bytes);
      if (etag === md5) return { etag, crc32, checked: "md5" };
    }
    if (attempt >= TRIES) throw mismatch(target, said === null ? "MD5" : "CRC32", operation);
  }
}

/** The service itself found the bytes altered. */
function isAltered(error: unknown): boolean {
  return isDipperError(error) &&
    /^(BadDigest|InvalidDigest|XAmzContentChecksumMismatch|XAmzContentSHA256Mismatch)$/
      .test(error.context.code ?? "");
}

/** Where objects are encrypted with keys, the ETag is no MD5. */
function isMd5(etag: string, headers: Headers): boolean {
  const encryption = headers.get("x-amz-server-side-encryption");
  return /^[0-9a-f]{32}$/.test(etag) && (encryption === null || encryption === "AES256") &&
    !headers.has("x-amz-server-side-encryption-customer-algorithm");
}
