/**
 * Writes the cache's files: under a temporary name first, so that a name of ours always has all its
 * bytes, whenever the process ends.
 *
 * @module
 */
import { join } from "node:path";
import type { BlockClass, Chunks, ObjectFacts, ObjectState } from "../block_cache.ts";
import { BUFFERS, letGo } from "../buffers.ts";
import type { DiskFiles, NewFile } from "./disk_files.ts";
import { shardOf, type StateIdentity } from "./identity.ts";
import { formatSegmentName, parseSegmentName, randomPart, type Segment } from "./segment_name.ts";
import type { Piece } from "./segment_plan.ts";
import { checksumsOf, encodeTrailer, makeRecord } from "./segment_trailer.ts";

/** How a file that is not finished is named. */
export const TEMPORARY = /^tmp-[0-9a-z]+$/;
/** Milliseconds after which a file that is not finished was left behind by a process that ended. */
export const ABANDONED = 60 * 60 * 1000;

/** What goes into one file. */
export interface SegmentPlan {
  readonly object: ObjectState;
  readonly identity: StateIdentity;
  readonly kind: BlockClass;
  readonly pieces: readonly Piece[];
}

/** A file that is ready to be written. */
export interface PreparedSegment {
  readonly segment: Segment;
  readonly pieces: readonly Piece[];
  readonly trailer: Uint8Array;
}

/** Small chunks are gathered into writes of this size. */
const GATHER = 1024 * 1024;

/** Makes the name, the checksums and the trailer. */
export function prepareSegment(
  plan: SegmentPlan,
  facts: Pick<ObjectFacts, "lastModified" | "contentType"> | undefined,
  created: number,
): PreparedSegment {
  const { object, identity: { place, state }, kind, pieces } = plan;
  const checksums = pieces.flatMap(({ chunks }) => checksumsOf(chunks));
  const trailer = encodeTrailer(makeRecord(object, facts, kind, pieces), checksums);
  const trailerLength = trailer.byteLength;
  const random = randomPart();
  const name = formatSegmentName({
    place,
    state,
    kind,
    created,
    random,
    extents: pieces,
    trailerLength,
  });
  return { segment: parseSegmentName(name)!, pieces, trailer };
}

/**
 * Writes a file below `folder`. Its folder is made when it is missing: somebody may have cleared the
 * cache.
 *
 * @throws the system's error; nothing is left behind then that {@link ABANDONED} does not cover
 */
export async function writeSegment(
  files: DiskFiles,
  folder: string,
  { segment, pieces, trailer }: PreparedSegment,
): Promise<void> {
  const shard = join(folder, shardOf(segment.place));
  const temporary = join(shard, `tmp-${randomPart()}${randomPart()}${randomPart()}`);
  const file = await createIn(files, shard, temporary);
  try {
    try {
      await writeAll(file, [...pieces.flatMap(({ chunks }) => chunks), trailer]);
    } finally {
      file.close();
    }
    await files.rename(temporary, join(shard, segment.name));
  } catch (error) {
    // What is left is removed by age; the first error is the one that says something.
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

async function createIn(files: DiskFiles, shard: string, path: string): Promise<NewFile> {
  try {
    return await files.create(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await files.makeFolder(shard);
    return await files.create(path);
  }
}

async function writeAll(file: NewFile, chunks: Chunks): Promise<void> {
  const gathered = BUFFERS.take(GATHER);
  let filled = 0;
  const flush = async () => {
    if (filled > 0) await file.write(gathered.subarray(0, filled));
    filled = 0;
  };
  for (const run of adjoining(chunks)) {
    if (run.byteLength >= GATHER / 4) {
      await flush();
      await file.write(run);
      continue;
    }
    if (filled + run.byteLength > GATHER) await flush();
    gathered.set(run, filled);
    filled += run.byteLength;
  }
  await flush();
  letGo(gathered);
}

/** Chunks that lie one after the other in one buffer, as they came over a connection, as one. */
function* adjoining(chunks: Chunks): Generator<Uint8Array> {
  let run: Uint8Array | undefined;
  for (const chunk of chunks) {
    const goesOn = run !== undefined && run.buffer === chunk.buffer &&
      run.byteOffset + run.byteLength === chunk.byteOffset;
    if (run !== undefined && goesOn) {
      run = new Uint8Array(run.buffer, run.byteOffset, run.byteLength + chunk.byteLength);
    } else {
      if (run !== undefined) yield run;
      run = chunk;
    }
  }
  if (run !== undefined) yield run;
}
