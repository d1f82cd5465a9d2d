/**
 * File names that say all that has to be known before reading: whose bytes, which, how many, of which
 * kind. A listing of a folder is therefore the index of it, and there is no other that could be torn.
 *
 * `<place 25><state 13><kind 1><created 9><random 4>-<offset>.<length>_…-<trailer>`, numbers in base 36,
 * in lower case and at most 140 characters long, which every file system takes (eCryptfs stops at 143).
 *
 * @module
 */
import type { BlockClass } from "../block_cache.ts";
import type { Extent } from "../range.ts";
import { PLACE_LENGTH, STATE_LENGTH } from "./identity.ts";

/** A run of an object's bytes in a file. */
export interface SegmentExtent extends Extent {
  readonly segment: Segment;
  /** Its number among the file's extents. */
  readonly number: number;
  /** Where it starts in the file. */
  readonly position: number;
}

/** A file of the cache. */
export interface Segment {
  readonly name: string;
  readonly place: string;
  readonly state: string;
  readonly kind: BlockClass;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly extents: readonly SegmentExtent[];
  /** Bytes of objects; the trailer follows them. */
  readonly dataLength: number;
  readonly trailerLength: number;
}

/** What a name is made of. */
export type SegmentParts =
  & Pick<Segment, "place" | "state" | "kind" | "created" | "trailerLength">
  & { readonly random: string; readonly extents: readonly Extent[] };

/** Characters that the extents of a name may take. */
const EXTENTS_WIDTH = 82;
const CREATED_LENGTH = 9;
const RANDOM_LENGTH = 4;
const NAME = new RegExp(
  `^([0-9a-z]{${PLACE_LENGTH}})([0-9a-z]{${STATE_LENGTH}})([ib])([0-9a-z]{${CREATED_LENGTH}})` +
    `[0-9a-z]{${RANDOM_LENGTH}}-((?:[0-9a-z]{1,11}\\.[0-9a-z]{1,7}_?)*)-([0-9a-z]{1,6})$`,
);

/** The name of a file with these parts. */
export function formatSegmentName(parts: SegmentParts): string {
  const created = parts.created.toString(36).padStart(CREATED_LENGTH, "0");
  const extents = parts.extents.map(extentText).join("_");
  return `${parts.place}${parts.state}${parts.kind[0]}${created}${parts.random}-${extents}-${
    parts.trailerLength.toString(36)
  }`;
}

/** Four random characters for a name. */
export function randomPart(random: () => number = Math.random): string {
  return Math.floor(random() * 36 ** RANDOM_LENGTH).toString(36).padStart(RANDOM_LENGTH, "0");
}

/** The file that `name` names; undefined when it is no name of ours. */
export function parseSegmentName(name: string): Segment | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, place, state, kind, created, extentsText, trailer] = match;
  const extents: SegmentExtent[] = [];
  const segment: Segment = {
    name,
    place,
    state,
    kind: kind === "i" ? "index" : "bulk",
    created: parseInt(created, 36),
    extents,
    get dataLength() {
      const last = extents.at(-1);
      return last === undefined ? 0 : last.position + last.length;
    },
    trailerLength: parseInt(trailer, 36),
  };
  let position = 0;
  for (const text of extentsText === "" ? [] : extentsText.split("_")) {
    const [offset, length] = text.split(".").map((number) => parseInt(number, 36));
    if (!Number.isSafeInteger(offset + length) || !(length > 0)) return undefined;
    extents.push({ segment, number: extents.length, offset, length, position });
    position += length;
  }
  return segment;
}

/** How many of `extents` fit into one name, from the first on; at least one. */
export function extentsThatFit(extents: readonly Extent[]): number {
  let width = -1;
  let count = 0;
  for (const extent of extents) {
    width += 1 + extentText(extent).length;
    if (width > EXTENTS_WIDTH && count > 0) break;
    count++;
  }
  return count;
}

/** Bytes that a file takes on a disk with blocks of 4 KiB. */
export function diskBytes({ dataLength, trailerLength }: Segment): number {
  return Math.ceil((dataLength + trailerLength) / 4096) * 4096;
}

function extentText({ offset, length }: Extent): string {
  return `${offset.toString(36)}.${length.toString(36)}`;
}
