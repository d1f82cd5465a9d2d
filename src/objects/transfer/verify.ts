/**
 * Holds the bytes that came against the checksum that the service has.
 *
 * @module
 */
import {
  type Algorithm,
  combined,
  composite,
  digester,
  hex,
  type PieceDigest,
} from "./checksum.ts";
import { partsOf } from "./part_size.ts";
import type { Expectation } from "./expectation.ts";
import { possiblePartSizes } from "./stored.ts";
import { mismatch } from "./work.ts";
import type { WireTarget } from "./wire.ts";

/** Bytes read at once from a file. */
const BLOCK = 1024 * 1024;

/** What is to be checked, of an object that came in pieces. */
export interface Arrived {
  readonly target: WireTarget;
  readonly size: number;
  readonly expected: Expectation | undefined;
  /** Digests of `expected.algorithm` of the pieces, in order. */
  readonly pieces: readonly PieceDigest[];
  /** Whether the pieces are known to be the parts of the upload. */
  readonly arePartsKnown: boolean;
  /** Where the bytes are, for what can only be checked from the first to the last. */
  readonly file: string | undefined;
  /** Bytes of a part as this program makes them. */
  readonly usualPart: number;
}

/**
 * Checks it; returns by what, undefined when the service says nothing that can be checked.
 *
 * @throws {ServiceError} when the bytes are others
 */
export async function verifyArrived(arrived: Arrived): Promise<Algorithm | undefined> {
  const { target, expected, pieces, arePartsKnown, file, size, usualPart } = arrived;
  if (expected === undefined) return undefined;
  const { algorithm, of } = expected;
  const isIt = (digest: Uint8Array) => hex(digest) === hex(expected.digest);
  if (of === "parts") {
    if (isIt(await composite(algorithm, pieces))) return algorithm;
    if (arePartsKnown) throw mismatch(target, algorithm, "GetObject");
    if (file === undefined) return undefined;
    for (const partSize of possiblePartSizes(size, expected.parts ?? 0, usualPart)) {
      const others = await digestsOfParts(file, size, partSize, algorithm);
      if (isIt(await composite(algorithm, others))) return algorithm;
    }
    // The upload had parts of a size that nobody tells: nothing can be said.
    return undefined;
  }
  const whole = combined(algorithm, pieces) ??
    (file === undefined ? undefined : await digestOfFile(file, algorithm));
  if (whole === undefined) return undefined;
  if (!isIt(whole)) throw mismatch(target, algorithm, "GetObject");
  return algorithm;
}

/** The digest of a file's bytes. */
export async function digestOfFile(path: string, algorithm: Algorithm): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const state = await digester(algorithm);
  const buffer = new Uint8Array(BLOCK);
  for (let count; (count = await file.read(buffer)) !== null;) {
    state.update(buffer.subarray(0, count));
  }
  return await state.digest();
}

/** The digests of a file's parts of `partSize` bytes. */
export async function digestsOfParts(
  path: string,
  size: number,
  partSize: number,
  algorithm: Algorithm,
): Promise<PieceDigest[]> {
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(BLOCK);
  const pieces: PieceDigest[] = [];
  for (const { length } of partsOf(size, partSize)) {
    const state = await digester(algorithm);
    for (let left = length; left > 0;) {
      const count = await file.read(buffer.subarray(0, Math.min(left, BLOCK)));
      if (count === null) break;
      state.update(buffer.subarray(0, count));
      left -= count;
    }
    pieces.push({ digest: await state.digest(), length });
  }
  return pieces;
}
