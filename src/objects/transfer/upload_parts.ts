/**
 * An object in parts, side by side, that appears when all are there. What has been sent is written down,
 * so that an upload that was cut short goes on.
 *
 * @module
 */
import { isDipperError } from "../../errors.ts";
import { base64, combined, crc32Text, fromBase64, md5Text, type PieceDigest } from "./checksum.ts";
import { forEach } from "./budget.ts";
import { type Journal, openJournal } from "./journal.ts";
import {
  abortUpload,
  completeUpload,
  createUpload,
  type SentPart,
  tagOf,
  uploadedParts,
} from "./multipart.ts";
import { type Part, partsOf } from "./part_size.ts";
import { put } from "./put.ts";
import { mismatch, type Moved, type OnBytes, type Work } from "./work.ts";
import type { WireTarget } from "./wire.ts";

/** Where the bytes of an upload come from. */
export interface PartSource {
  /** Bytes. */
  readonly size: number;
  readonly partSize: number;
  /** What the source is and in which state: an upload goes on only from the same one. */
  readonly identity: readonly unknown[];
  /**
   * The bytes of a part, in `buffer` or elsewhere, and a digest of them to be remembered.
   *
   * @throws {ObjectChangedError} when the source is not what it was
   */
  read(
    part: Part,
    buffer: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly digest?: Uint8Array }>;
  /** Called before the object appears; throws when it must not. */
  verify(digests: readonly (PieceDigest | undefined)[]): Promise<void>;
}

/** The headers of an upload's beginning and of its end. */
export interface UploadHeaders {
  readonly create: Record<string, string>;
  readonly complete: Record<string, string>;
}

/** What an upload was begun with, as its journal says it: identity and part size of the source, headers. */
export type Begun = readonly [
  identity: readonly unknown[],
  partSize: number,
  headers: UploadHeaders,
];

interface Line {
  readonly uploadId?: string;
  readonly source?: Begun;
  readonly number?: number;
  readonly etag?: string;
  readonly crc32?: string;
  readonly digest?: string;
}

/** What an earlier process left. */
interface Resumed {
  readonly uploadId: string;
  readonly sent: Map<number, Line>;
  /** Parts that the service has, of whose end that process did not hear. */
  readonly unheard: ReadonlyMap<number, SentPart>;
}

/** An upload that has begun. */
interface Upload extends Omit<Resumed, "unheard"> {
  readonly source: PartSource;
  readonly target: WireTarget;
  readonly parts: readonly Part[];
  readonly unheard: Resumed["unheard"] | undefined;
}

/** Uploads `source` to `target`. */
export async function uploadParts(
  work: Work,
  source: PartSource,
  target: WireTarget,
  headers: UploadHeaders,
  onBytes: OnBytes,
): Promise<Moved> {
  const { wire, signal, stateFolder } = work;
  const name = journalName(target, source.identity);
  const journal = stateFolder === undefined ? undefined : openJournal(stateFolder, name);
  const state = JSON.parse(JSON.stringify([source.identity, source.partSize, headers]));
  let uploadId: string | undefined;
  try {
    const resumed = journal && await resumable(work, journal, target, state);
    uploadId = resumed?.uploadId;
    if (uploadId === undefined) {
      uploadId = await createUpload(wire, target, {
        ...headers.create,
        "x-amz-checksum-algorithm": "CRC32",
        "x-amz-checksum-type": "FULL_OBJECT",
      }, signal);
      journal?.restart({ uploadId, source: state });
    }
    const sent = resumed?.sent ?? new Map<number, Line>();
    const parts = partsOf(source.size, source.partSize);
    const upload = { source, target, uploadId, parts, sent, unheard: resumed?.unheard };
    await sendMissing(work, upload, journal, onBytes);
    const lines = parts.map(({ number }) => sent.get(number)!);
    await source.verify(lines.map((line, index) => pieceOf(line.digest, parts[index])));
    const moved = await complete(
      work,
      target,
      uploadId,
      lines,
      parts,
      source.size,
      headers.complete,
    );
    journal?.remove();
    return moved;
  } catch (error) {
    if (uploadId !== undefined && !(journal !== undefined && isInterrupted(error))) {
      await abortUpload(wire, target, uploadId);
      journal?.remove();
    }
    throw error;
  } finally {
    journal?.close();
  }
}

/** Names the journal of an upload. */
export function journalName(
  { store, bucket, key }: WireTarget,
  identity: readonly unknown[],
): readonly unknown[] {
  return ["upload", store.endpoint?.origin, bucket, key, identity[0]];
}

/** Whether the same transfer, begun again, can go on from where this one ended. */
function isInterrupted(error: unknown): boolean {
  return isDipperError(error, "cancelled", "network", "timeout", "expired_token", "service");
}

async function resumable(
  { wire, signal }: Work,
  journal: Journal,
  target: WireTarget,
  state: unknown,
): Promise<Resumed | undefined> {
  const [first, ...rest] = journal.lines as Line[];
  if (first?.uploadId === undefined) return undefined;
  const { uploadId } = first;
  if (JSON.stringify(first.source) !== JSON.stringify(state)) {
    await abortUpload(wire, target, uploadId);
    return undefined;
  }
  const there = await uploadedParts(wire, target, uploadId, signal);
  if (there === undefined) return undefined;
  const known = rest.filter(({ number, etag }) =>
    number !== undefined && etag !== undefined && there.get(number)?.etag === etag
  );
  const sent = new Map(known.map((line) => [line.number!, line]));
  const unheard = new Map([...there].filter(([number]) => !sent.has(number)));
  return { uploadId, sent, unheard };
}

/** Sends the parts that are missing. Of those that were stored without an answer, only the bytes are read. */
async function sendMissing(
  { wire, budget, buffers, signal }: Work,
  { source, target, uploadId, parts, sent, unheard }: Upload,
  journal: Journal | undefined,
  onBytes: OnBytes,
): Promise<void> {
  for (const { number, length } of parts) if (sent.has(number)) onBytes(length);
  const missing = parts.filter(({ number }) => !sent.has(number));
  const atOnce = Math.max(1, Math.floor(budget.limits.bytes / source.partSize));
  // One part's failure ends the others of its upload, not those of other objects.
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  await forEach(
    missing,
    Math.min(atOnce, missing.length),
    (part) =>
      budget.run(part.length, both, async () => {
        const buffer = buffers.take(part.length);
        const { bytes, digest } = await source.read(part, buffer, both);
        const { etag, crc32 } = storedAs(bytes, unheard?.get(part.number)) ?? await put(wire, {
          target,
          bytes,
          part: { uploadId, number: part.number },
        }, both);
        const line: Line = {
          number: part.number,
          etag,
          crc32,
          ...(digest === undefined ? {} : { digest: base64(digest) }),
        };
        journal?.add(line);
        sent.set(part.number, line);
        buffers.give(buffer);
        onBytes(part.length);
      }).catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
  );
}

/** A part that the service has, if it has these bytes. */
function storedAs(
  bytes: Uint8Array,
  there: SentPart | undefined,
): { readonly etag: string; readonly crc32: string } | undefined {
  if (there === undefined) return undefined;
  const crc32 = crc32Text(bytes);
  const isSame = there.crc32 === undefined ? there.etag === md5Text(bytes) : there.crc32 === crc32;
  return isSame ? { etag: there.etag, crc32 } : undefined;
}

async function complete(
  { wire, signal }: Work,
  target: WireTarget,
  uploadId: string,
  lines: readonly Line[],
  parts: readonly Part[],
  size: number,
  headers: Readonly<Record<string, string>>,
): Promise<Moved> {
  const sent = lines.map((line): SentPart => ({
    number: line.number!,
    etag: line.etag!,
    crc32: line.crc32,
  }));
  const pieces = lines.map(({ crc32 }, index) => pieceOf(crc32, parts[index])!);
  const crc32 = base64(combined("crc32", pieces)!);
  const done = await completeUpload(
    wire,
    { target, uploadId, parts: sent, size, crc32, headers },
    signal,
  );
  if (done.crc32 !== undefined && done.crc32 !== crc32) {
    throw mismatch(target, "CRC32", "CompleteMultipartUpload");
  }
  const tag = await tagOf(sent);
  const isMd5 = tag !== undefined && /^[0-9a-f]{32}-\d+$/.test(done.etag ?? "");
  if (isMd5 && done.etag !== tag) throw mismatch(target, "MD5", "CompleteMultipartUpload");
  return {
    size,
    etag: done.etag,
    checked: done.crc32 !== undefined ? "crc32" : isMd5 ? "md5" : undefined,
  };
}

function pieceOf(digest: string | undefined, { length }: Part): PieceDigest | undefined {
  return digest === undefined ? undefined : { digest: fromBase64(digest), length };
}
