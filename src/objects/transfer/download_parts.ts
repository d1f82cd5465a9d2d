/**
 * A large object to a local file, its parts side by side. What has come is written down, the parts under way
 * too, so that a download that was cut short goes on where it was.
 *
 * @module
 */
import { isDipperError, throwIfAborted } from "../../errors.ts";
import { forEach } from "./budget.ts";
import { type Algorithm, base64, fromBase64 } from "./checksum.ts";
import {
  type Fetchable,
  flushed,
  type IfThere,
  putInPlace,
  removeQuietly,
  temporaryName,
} from "./download.ts";
import { type Journal, openJournal } from "./journal.ts";
import { land } from "./land.ts";
import { type Mark, Marks } from "./marks.ts";
import { type Part, partsOf } from "./part_size.ts";
import { changed } from "./receive.ts";
import { readBack } from "./read_back.ts";
import { firstPartSize, type StoredObject, storedObject } from "./stored.ts";
import { verifyArrived } from "./verify.ts";
import type { Moved, OnBytes, Work } from "./work.ts";

/** Parts of an upload that are fetched as they are, in bytes; others are cut. */
const LARGEST_PART = 1024 * 1024 * 1024;

/** Parts under way at once. */
const AT_ONCE = 8;

/** Bytes that count as held in memory for a part that is under way: they go on to the disk. */
const HELD = 4 * 1024 * 1024;

interface Line {
  readonly state?: unknown;
  readonly number?: number;
  readonly crc32?: number;
  /** What the object's checksum is made of, where it has one. */
  readonly digest?: string;
}

/** How the object is cut, and what its pieces are checked by. */
interface Cut {
  readonly partSize: number;
  readonly algorithm: Algorithm | undefined;
  readonly arePartsKnown: boolean;
}

/** Downloads `source` to `path`. */
export async function downloadParts(
  work: Work,
  source: Fetchable,
  path: string,
  ifThere: IfThere,
  onBytes: OnBytes,
): Promise<Moved> {
  const { wire, signal } = work;
  const { target } = source;
  const stored = await storedObject(wire, target, signal);
  if (stored.size !== source.size || source.etag !== undefined && stored.etag !== source.etag) {
    throw changed(target, "it is another one now");
  }
  const cut = await cutOf(work, source, stored);
  const identity = ["download", target.store.endpoint?.origin, target.bucket, target.key, path];
  const temporary = temporaryName(path, identity);
  // Without an ETag nobody can say that the rest is of the same object.
  const canResume = work.stateFolder !== undefined && stored.etag !== undefined;
  const journal = canResume ? openJournal(work.stateFolder!, identity) : undefined;
  try {
    const state = [stored.etag, stored.size, target.versionId ?? null, cut.partSize];
    const parts = partsOf(stored.size, cut.partSize);
    let done = await resumable(journal, temporary, state, parts, signal);
    if (done === undefined) {
      begin(temporary, stored.size, journal, state);
      done = new Map();
    }
    const exact = { ...source, etag: stored.etag };
    await fetchMissing(work, exact, temporary, parts, cut, done, journal, onBytes);
    const digests = done;
    const pieces = cut.algorithm === undefined ? [] : parts.map(({ number, length }) => ({
      digest: fromBase64(digests.get(number)!),
      length,
    }));
    const checked = await verifyArrived({
      target,
      size: stored.size,
      expected: stored.expected,
      pieces,
      arePartsKnown: cut.arePartsKnown,
      file: temporary,
      usualPart: work.sizes.part,
    });
    if (work.isDurable) await flushed(temporary);
    putInPlace(temporary, path, source.lastModified ?? stored.lastModified, ifThere);
    journal?.remove();
    return { size: stored.size, etag: stored.etag, checked };
  } catch (error) {
    if (journal === undefined || !isInterrupted(error)) {
      removeQuietly(temporary);
      journal?.remove();
    }
    throw error;
  } finally {
    journal?.close();
  }
}

function markWithin(mark: Mark | undefined, { length }: Part): Mark | undefined {
  return mark !== undefined && mark.bytes > 0 && mark.bytes <= length ? mark : undefined;
}

function isInterrupted(error: unknown): boolean {
  return isDipperError(error, "cancelled", "network", "timeout", "expired_token") ||
    isDipperError(error, "service") && error.context.code !== undefined;
}

/** Along the parts of the upload where its checksum is made of theirs. */
async function cutOf(
  { wire, signal, sizes }: Work,
  { target }: Fetchable,
  stored: StoredObject,
): Promise<Cut> {
  const { expected } = stored;
  if (expected?.of !== "parts") {
    return { partSize: sizes.part, algorithm: expected?.algorithm, arePartsKnown: false };
  }
  const first = await firstPartSize(wire, target, stored, sizes.part, signal);
  if (first === undefined || first.partSize > LARGEST_PART) {
    return { partSize: sizes.part, algorithm: undefined, arePartsKnown: false };
  }
  return {
    partSize: first.partSize,
    algorithm: expected.algorithm,
    arePartsKnown: first.isKnown,
  };
}

/** The digests of the parts that an earlier try has brought, by number; undefined where it cannot go on. */
async function resumable(
  journal: Journal | undefined,
  temporary: string,
  state: unknown,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<Map<number, string> | undefined> {
  const [first, ...rest] = (journal?.lines ?? []) as Line[];
  if (JSON.stringify(first?.state) !== JSON.stringify(state)) return undefined;
  const { offset, length } = parts[parts.length - 1];
  try {
    const info = Deno.lstatSync(temporary);
    if (!info.isFile || info.size !== offset + length) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const done = new Map<number, string>();
  for (const { number, crc32, digest } of rest) {
    const part = number === undefined ? undefined : parts[number - 1];
    if (part === undefined || crc32 === undefined) continue;
    throwIfAborted(signal);
    // A machine that went down may have lost bytes of which the line is there.
    const mark = { bytes: part.length, crc32 };
    const { bytes } = await readBack(temporary, part.offset, mark, undefined);
    if (bytes === part.length) done.set(part.number, digest ?? "");
  }
  return done;
}

function begin(
  temporary: string,
  size: number,
  journal: Journal | undefined,
  state: unknown,
): void {
  removeQuietly(temporary);
  if (journal !== undefined) removeQuietly(journal.marks);
  journal?.restart({ state }); // before the file: parts that were there are not in a new one
  using file = Deno.openSync(temporary, { write: true, createNew: true });
  file.truncateSync(size);
}

async function fetchMissing(
  { wire, budget, signal }: Work,
  { target, size, etag }: Fetchable,
  temporary: string,
  parts: readonly Part[],
  { algorithm }: Cut,
  done: Map<number, string>,
  journal: Journal | undefined,
  onBytes: OnBytes,
): Promise<void> {
  for (const { number, length } of parts) if (done.has(number)) onBytes(length);
  using marks = journal && new Marks(journal.marks, AT_ONCE);
  const begun = marks?.found ?? new Map<number, Mark>();
  for (const number of begun.keys()) if (done.has(number)) marks?.leave(number);
  const missing = parts.filter(({ number }) => !done.has(number));
  // Those that were under way go on first: each has its place among the marks.
  const inOrder = [
    ...missing.filter(({ number }) => begun.has(number)),
    ...missing.filter(({ number }) => !begun.has(number)),
  ];
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  await forEach(
    inOrder,
    Math.min(AT_ONCE, inOrder.length),
    (part) =>
      budget.run(Math.min(part.length, HELD), both, async () => {
        const { offset, length } = part;
        const landed = await land(
          wire,
          {
            target,
            size,
            etag,
            offset,
            length,
            path: temporary,
            file: "there",
            digest: algorithm,
            mark: markWithin(begun.get(part.number), part),
            onMark: marks?.enter(part.number),
          },
          onBytes,
          both,
        );
        const digest = landed.digest && base64(landed.digest);
        done.set(part.number, digest ?? "");
        journal?.add({ number: part.number, crc32: landed.crc32, digest });
        marks?.leave(part.number);
      }).catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
  );
}
