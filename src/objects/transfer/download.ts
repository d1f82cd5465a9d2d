/**
 * An object to a local file: written beside its place under a temporary name, moved there when it is whole
 * and its checksum is right.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { isDipperError, ResourceError } from "../../errors.ts";
import type { PieceDigest } from "./checksum.ts";
import { downloadParts } from "./download_parts.ts";
import { land, type Landed } from "./land.ts";
import { nameOf } from "./journal.ts";
import { localFailure } from "./local_failure.ts";
import { verifyArrived } from "./verify.ts";
import type { Moved, OnBytes, Work } from "./work.ts";
import type { WireTarget } from "./wire.ts";

/** An object to fetch, in one state. */
export interface Fetchable {
  readonly target: WireTarget;
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
}

/** What to do about a file that is there. */
export type IfThere = "replace" | "keep";

/** Bytes that count as held in memory for an object that comes in one piece: they go on to the disk. */
const HELD = 1024 * 1024;

/** How often bytes are fetched that arrive altered. */
const TRIES = 5;

/** Downloads to `path`, whose folder is there. */
export async function downloadFile(
  work: Work,
  source: Fetchable,
  path: string,
  ifThere: IfThere,
  onBytes: OnBytes,
): Promise<Moved> {
  for (let attempt = 1;; attempt++) {
    let counted = 0;
    const counting: OnBytes = (bytes) => {
      counted += bytes;
      onBytes(bytes);
    };
    try {
      return source.size > work.sizes.singleUpTo
        ? await downloadParts(work, source, path, ifThere, counting)
        : await work.budget.run(
          Math.min(source.size, HELD),
          work.signal,
          () => downloadWhole(work, source, path, ifThere, counting),
        );
    } catch (error) {
      const isAltered = isDipperError(error, "service") && error.context.status === 500 &&
        error.context.operation === "GetObject" && error.context.code === undefined;
      if (!isAltered || attempt >= TRIES) throw localFailure(error, "write", path);
      onBytes(-counted);
    }
  }
}

async function downloadWhole(
  work: Work,
  source: Fetchable,
  path: string,
  ifThere: IfThere,
  onBytes: OnBytes,
): Promise<Moved> {
  const { target, size, etag } = source;
  const temporary = temporaryName(path, [crypto.randomUUID()]);
  try {
    if (size === 0) Deno.openSync(temporary, { write: true, createNew: true }).close();
    const { digest, expected }: Landed = size === 0
      ? { digest: undefined, expected: undefined, crc32: undefined }
      : await land(
        work.wire,
        {
          target,
          size,
          etag,
          offset: 0,
          length: size,
          path: temporary,
          file: "new",
          digest: "said",
        },
        onBytes,
        work.signal,
      );
    const pieces: PieceDigest[] = digest === undefined ? [] : [{ digest, length: size }];
    const checked = await verifyArrived({
      target,
      size,
      expected: digest === undefined ? undefined : expected,
      pieces,
      arePartsKnown: true,
      file: undefined,
      usualPart: work.sizes.part,
    });
    if (work.isDurable) await flushed(temporary);
    putInPlace(temporary, path, source.lastModified, ifThere);
    return { size, etag, checked };
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** The temporary name beside `path`: the same for the same `identity`. */
export function temporaryName(path: string, identity: readonly unknown[]): string {
  return join(dirname(path), `.dipper-${nameOf(identity)}.part`);
}

/** Gives the finished file its name and the object's time; a link of that name is replaced, not followed. */
export function putInPlace(
  temporary: string,
  path: string,
  modified: Date | undefined,
  ifThere: IfThere,
): void {
  if (modified !== undefined) Deno.utimeSync(temporary, new Date(), modified);
  if (ifThere === "replace") return Deno.renameSync(temporary, path);
  Deno.linkSync(temporary, path);
  Deno.removeSync(temporary);
}

/** Removes a file that may not be there. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The failure that led here says more.
  }
}

/** What is on the disk stays there, whatever happens to the machine. */
export async function flushed(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  try {
    await file.syncData();
  } catch (error) {
    throw new ResourceError("disk_full", `${path} could not be written to the disk`, {
      uri: path,
      cause: error,
    });
  }
}
