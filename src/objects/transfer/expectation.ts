/**
 * What a service promises of an object's bytes.
 *
 * @module
 */
import { type Algorithm, fromBase64, fromHex } from "./checksum.ts";

/** What bytes must come to: of the whole object, or of the checksums of its parts. */
export interface Expectation {
  readonly algorithm: Algorithm;
  readonly of: "whole" | "parts";
  readonly digest: Uint8Array;
  /** How many parts, where it is of parts and that is known. */
  readonly parts: number | undefined;
}

/** Headers of an answer. */
export interface Fields {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** From the cheapest to compute on. */
const CHECKED: readonly Algorithm[] = ["crc32", "sha256", "sha1"];

/** What the headers promise of the bytes: the cheapest promise to check. */
export function expectationOf(headers: Fields): Expectation | undefined {
  const isComposite = headers.get("x-amz-checksum-type") === "COMPOSITE";
  for (const algorithm of CHECKED) {
    const said = read(headers, algorithm);
    if (said === undefined || isComposite || said.parts !== undefined) continue;
    return { algorithm, of: "whole", ...said };
  }
  return ofEtag(headers) ?? ofCrc64(headers);
}

function ofCrc64(headers: Fields): Expectation | undefined {
  const said = read(headers, "crc64nvme");
  return said === undefined ? undefined : { algorithm: "crc64nvme", of: "whole", ...said };
}

function read(headers: Fields, algorithm: Algorithm) {
  const match = /^([A-Za-z0-9+/]+={0,2})(?:-(\d+))?$/.exec(
    headers.get(`x-amz-checksum-${algorithm}`) ?? "",
  );
  if (match === null) return undefined;
  const digest = fromBase64(match[1]);
  return { digest, parts: match[2] === undefined ? undefined : Number(match[2]) };
}

/** The ETag is the MD5 of the bytes, or of the parts' MD5s, unless the service encrypts with a key. */
function ofEtag(headers: Fields): Expectation | undefined {
  const encryption = headers.get("x-amz-server-side-encryption");
  const isKeyed = headers.has("x-amz-server-side-encryption-customer-algorithm") ||
    encryption !== null && encryption !== "AES256";
  const match = /^"?([0-9a-f]{32})(?:-(\d+))?"?$/.exec(headers.get("etag") ?? "");
  if (match === null || isKeyed) return undefined;
  const parts = match[2] === undefined ? undefined : Number(match[2]);
  return {
    algorithm: "md5",
    of: parts === undefined ? "whole" : "parts",
    digest: fromHex(match[1]),
    parts,
  };
}
