/**
 * The body of a request, decoded and checked while it streams: plain, `aws-chunked`, with signed chunks
 * and with trailers. The last bytes are handed on only when all checks have passed, so that a body that
 * was changed on its way never arrives whole at the service.
 *
 * `x-amz-checksum-crc64nvme` in a trailer is not checked: the way is the loopback interface.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @module
 */
import { createHash } from "node:crypto";
import type { MessageHeaders } from "../range/http/headers.ts";
import type { Authenticated } from "./authenticate.ts";
import { ByteQueue } from "./byte_queue.ts";
import { type Checksum, checksumOf } from "./checksum.ts";
import { S3Refusal } from "./refusal.ts";
import { isSameText, sha256 } from "./sigv4.ts";

/** A signed chunk is kept until its signature is known to be right: so many bytes at most. */
const LARGEST_SIGNED_CHUNK = 16 * 1024 * 1024;
/** Bytes of a chunk's head or of a trailer. */
const LONGEST_LINE = 4096;
const MOST_TRAILERS = 16;

/** A body as the service gets it. */
export interface Payload {
  /** Bytes after decoding. */
  readonly length: number;
  /** For `x-amz-content-sha256`: the client's own hash where there is one. */
  readonly hash: string;
  /** Once only; throws {@link S3Refusal} before its last bytes when the body is not what was signed. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a body is checked against. */
type Check = Pick<Authenticated, "payload" | "chunkSigner">;

/**
 * The body of a request.
 *
 * @throws {S3Refusal} when its length is not said or its form is not known
 */
export function payloadOf(
  headers: MessageHeaders,
  body: ReadableStream<Uint8Array> | null,
  { payload, chunkSigner }: Check,
): Payload {
  const isChunked = payload.startsWith("STREAMING-");
  const length = Number(
    headers.get(isChunked ? "x-amz-decoded-content-length" : "content-length") ??
      (body === null || !headers.has("transfer-encoding") ? 0 : NaN),
  );
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new S3Refusal("MissingContentLength", "The length of the body must be said.");
  }
  const stream = body ?? new Blob([]).stream();
  if (!isChunked) {
    const hash = /^[0-9a-f]{64}$/.test(payload) ? payload : undefined;
    return { length, hash: hash ?? "UNSIGNED-PAYLOAD", bytes: plain(stream, length, hash) };
  }
  const form = /^STREAMING-(AWS4-HMAC-SHA256-PAYLOAD|UNSIGNED-PAYLOAD)(-TRAILER)?$/.exec(payload);
  if (form === null) throw new S3Refusal("NotImplemented", `${payload} is not known here.`);
  const decoded = unchunked(stream, {
    signer: form[1] === "UNSIGNED-PAYLOAD" ? undefined : chunkSigner,
    announced: (headers.get("x-amz-trailer") ?? "").toLowerCase(),
    hasTrailer: form[2] !== undefined,
  });
  return { length, hash: "UNSIGNED-PAYLOAD", bytes: exactly(decoded, length) };
}

/** All of a body, for messages. */
export async function readPayload(payload: Payload, most: number): Promise<Uint8Array> {
  if (payload.length > most) {
    throw new S3Refusal("InvalidArgument", `The message is longer than ${most} bytes.`);
  }
  const whole = new Uint8Array(payload.length);
  let at = 0;
  for await (const piece of payload.bytes) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function* plain(
  stream: ReadableStream<Uint8Array>,
  length: number,
  hash: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const state = hash === undefined ? undefined : createHash("sha256");
  let held: Uint8Array | undefined;
  let received = 0;
  for await (const piece of stream) {
    if (held !== undefined) yield held;
    state?.update(piece);
    received += piece.length;
    held = piece;
  }
  if (received !== length) throw incomplete(received, length);
  if (state !== undefined && !isSameText(state.digest("hex"), hash!)) {
    throw new S3Refusal("XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
  }
  if (held !== undefined) yield held;
}

/** How a body is chunked. */
interface Chunking {
  readonly signer: Authenticated["chunkSigner"] | undefined;
  /** Names of the trailers that will come. */
  readonly announced: string;
  readonly hasTrailer: boolean;
}

async function* unchunked(
  stream: ReadableStream<Uint8Array>,
  chunking: Chunking,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signer, announced } = chunking;
  const queue = new ByteQueue(stream);
  const checksum = checksumOf(announced);
  let held: Uint8Array | undefined;
  try {
    while (true) {
      const head = await queue.line(LONGEST_LINE);
      const match = /^([0-9a-f]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(head ?? "");
      if (match === null) throw new S3Refusal("IncompleteBody", "The body is not aws-chunked.");
      const size = parseInt(match[1], 16);
      const pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = signer === undefined
        ? chunk(queue, size)
        : await signedChunk(queue, size, signer, match[2] ?? "");
      for await (const piece of pieces) {
        checksum?.update(piece);
        if (held !== undefined) yield held;
        held = piece;
      }
      if (size === 0) break;
      if (await queue.line(1) !== "") {
        throw new S3Refusal("IncompleteBody", "A chunk is longer than it says.");
      }
    }
    if (chunking.hasTrailer) await checkTrailer(queue, chunking, checksum);
    if (held !== undefined) yield held;
  } finally {
    await queue.cancel();
  }
}

async function* chunk(
  queue: ByteQueue,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = size; left > 0;) {
    const piece = await queue.take(left);
    if (piece === undefined) throw incomplete(size - left, size);
    left -= piece.length;
    yield piece;
  }
}

async function signedChunk(
  queue: ByteQueue,
  size: number,
  signer: Authenticated["chunkSigner"],
  signature: string,
): Promise<Uint8Array[]> {
  if (size > LARGEST_SIGNED_CHUNK) {
    throw new S3Refusal("InvalidArgument", "A signed chunk is larger than 16 MiB.");
  }
  const state = createHash("sha256");
  const pieces: Uint8Array[] = [];
  for await (const piece of chunk(queue, size)) {
    state.update(piece);
    pieces.push(piece);
  }
  if (!signer.isNext(state.digest("hex"), signature)) {
    throw new S3Refusal("SignatureDoesNotMatch", "A chunk of the body is not the one signed.");
  }
  return pieces;
}

async function checkTrailer(
  queue: ByteQueue,
  { signer, announced }: Chunking,
  checksum: Checksum | undefined,
): Promise<void> {
  let text = "";
  let signature: string | undefined;
  for (let count = 0; count < MOST_TRAILERS; count++) {
    const line = await queue.line(LONGEST_LINE);
    if (line === undefined || line === "") {
      if (signature !== undefined || text === "" || signer === undefined) break;
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") signature = value;
    else text += `${name}:${value}\n`;
    if (name === announced && checksum !== undefined && checksum.digest() !== value) {
      throw new S3Refusal("BadDigest", `The body does not have the ${announced} that it says.`);
    }
  }
  if (signer !== undefined && !signer.isTrailer(sha256(text), signature ?? "")) {
    throw new S3Refusal("SignatureDoesNotMatch", "The trailer is not the one that was signed.");
  }
  if (announced !== "" && !text.includes(`${announced}:`)) {
    throw new S3Refusal("IncompleteBody", `The trailer ${announced} did not come.`);
  }
}

async function* exactly(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    received += piece.length;
    if (received > length) throw incomplete(received, length);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (received !== length) throw incomplete(received, length);
  if (held !== undefined) yield held;
}

function incomplete(received: number, length: number): S3Refusal {
  return new S3Refusal("IncompleteBody", `The body has ${received} bytes, not ${length}.`);
}
