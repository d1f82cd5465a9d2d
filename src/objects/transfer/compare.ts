/**
 * Whether two ends hold the same bytes, by what the services say of theirs.
 *
 * @module
 */
import { composite, hex } from "./checksum.ts";
import { USUAL_PART } from "./part_size.ts";
import { firstPartSize, storedObject } from "./stored.ts";
import { digestOfFile, digestsOfParts } from "./verify.ts";
import type { Wire, WireTarget } from "./wire.ts";

/** Whether the file at `path`, of the object's size, has the object's bytes; no, where nobody can say. */
export async function isSameAsFile(
  wire: Wire,
  target: WireTarget,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const stored = await storedObject(wire, target, signal);
  const { expected, size } = stored;
  if (expected === undefined) return false;
  if (expected.of === "whole") {
    return hex(await digestOfFile(path, expected.algorithm)) === hex(expected.digest);
  }
  const first = await firstPartSize(wire, target, stored, USUAL_PART, signal);
  if (first === undefined) return false;
  const pieces = await digestsOfParts(path, size, first.partSize, expected.algorithm);
  return hex(await composite(expected.algorithm, pieces)) === hex(expected.digest);
}

/** Whether two objects of one size have the same bytes; no, where the services' words cannot be compared. */
export async function areSame(
  wire: Wire,
  first: WireTarget,
  second: WireTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const [a, b] = await Promise.all([first, second].map((each) => storedObject(wire, each, signal)));
  if (a.etag !== undefined && a.etag === b.etag) return true;
  return a.expected !== undefined && b.expected !== undefined && a.expected.of === b.expected.of &&
    a.expected.algorithm === b.expected.algorithm &&
    hex(a.expected.digest) === hex(b.expected.digest);
}
