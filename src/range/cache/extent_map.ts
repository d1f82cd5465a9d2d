/**
 * Which bytes of one object are held, and by what.
 *
 * @module
 */
import { endOf, type Extent, subtractExtents } from "../range.ts";

/** A piece of an object and what holds it. */
export interface Holding<T> extends Extent {
  readonly value: T;
  /** Where the piece starts in `value`, in bytes. */
  readonly start: number;
}

/** Disjoint pieces of one object in ascending order; looking up is a binary search. */
export class ExtentMap<T> {
  #pieces: Holding<T>[] = [];

  /** Number of pieces. */
  get size(): number {
    return this.#pieces.length;
  }

  /** What is held of `extent`: ascending, each inside of it. */
  overlapping(extent: Extent): Holding<T>[] {
    const found: Holding<T>[] = [];
    const end = endOf(extent);
    for (let i = this.#firstEndingAfter(extent.offset); i < this.#pieces.length; i++) {
      const piece = this.#pieces[i];
      if (piece.offset >= end) break;
      const offset = Math.max(piece.offset, extent.offset);
      const length = Math.min(endOf(piece), end) - offset;
      if (length === piece.length) found.push(piece);
      else if (length > 0) {
        found.push({
          offset,
          length,
          value: piece.value,
          start: piece.start + offset - piece.offset,
        });
      }
    }
    return found;
  }

  /** What of `extent` is not held. */
  gaps(extent: Extent): Extent[] {
    return subtractExtents(extent, this.overlapping(extent));
  }

  /** Fills the gaps of `extent` with `value`, whose first byte is the extent's; tells which. */
  insert(extent: Extent, value: T): Extent[] {
    const gaps = this.gaps(extent);
    for (const gap of gaps) {
      const start = gap.offset - extent.offset;
      this.#pieces.splice(this.#firstEndingAfter(gap.offset), 0, { ...gap, value, start });
    }
    return gaps;
  }

  /** Takes away what `value` holds in `extent`; all of its pieces there must lie inside. */
  remove(extent: Extent, value: T): void {
    const first = this.#firstEndingAfter(extent.offset);
    let end = first;
    while (end < this.#pieces.length && this.#pieces[end].offset < endOf(extent)) end++;
    const rest = this.#pieces.slice(first, end).filter((piece) => piece.value !== value);
    this.#pieces.splice(first, end - first, ...rest);
  }

  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (endOf(this.#pieces[middle]) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
