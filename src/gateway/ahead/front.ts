/**
 * How far a scan through an object has come, and what it will ask for next. Pure.
 *
 * @module
 */
import { endOf, type Extent } from "../../range/range.ts";

/** Most bytes ahead of a scan: a piece of CSV as httpfs asks for it. */
export const LARGEST_WINDOW = 32 * 1024 * 1024;

/** Bytes that a scan may leave out and go on. */
const GAP = 1024 * 1024;

/** Scans of one object at a time: a GeoPackage's table and its tree are read by turns. */
const MOST_FRONTS = 4;

/** Steps as long as the last that are fetched ahead. */
const STEPS_AHEAD = 4;

/** A scan shows itself in two steps of this many bytes, or in three shorter ones. */
const LONG_STEP = 8 * 1024 * 1024;

/** Less than this is not worth a request of its own, in bytes. */
const LEAST_PIECE = 512 * 1024;

interface Front {
  readonly start: number;
  at: number;
  /** Where what was asked for ahead ends. */
  reached: number;
  steps: number;
}

/** Follows the scans through one object. */
export class Fronts {
  readonly #size: number;
  readonly #fronts: Front[] = [];

  /** @param size of the object, in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** `extent` is asked for; what to fetch ahead now, once a scan has shown itself. */
  asked(extent: Extent, most = LARGEST_WINDOW): Extent | undefined {
    const front = this.#frontOf(extent);
    if (front === undefined) return undefined;
    const step = endOf(extent) - front.at;
    if (step <= 0) return undefined;
    front.at = endOf(extent);
    front.reached = Math.max(front.reached, front.at);
    // So long a read goes a window ahead by itself, and the next may be another reader's, side by side.
    if (extent.length > LARGEST_WINDOW) return undefined;
    if (++front.steps < (extent.length >= LONG_STEP ? 2 : 3)) return undefined;
    const window = Math.min(
      most,
      LARGEST_WINDOW,
      front.at - front.start,
      extent.length * STEPS_AHEAD,
    );
    const end = Math.min(this.#size, front.at + window);
    const length = end - front.reached;
    if (length <= 0 || (length < Math.min(LEAST_PIECE, window / 2) && end < this.#size)) {
      return undefined;
    }
    const next = { offset: front.reached, length };
    front.reached = end;
    return next;
  }

  /** The front that `extent` carries on; a new one where there is none. */
  #frontOf({ offset, length }: Extent): Front | undefined {
    const index = this.#fronts.findIndex((each) =>
      offset >= each.start && offset <= Math.max(each.at, each.reached) + GAP
    );
    if (index >= 0) {
      const [front] = this.#fronts.splice(index, 1);
      this.#fronts.push(front);
      return front;
    }
    if (this.#fronts.length === MOST_FRONTS) this.#fronts.shift();
    const at = offset + length;
    this.#fronts.push({ start: offset, at, reached: at, steps: 1 });
    return undefined;
  }
}
