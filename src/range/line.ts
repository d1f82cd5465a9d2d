/**
 * What is known of the line to a host: how long answers take to begin, how fast their bytes come.
 *
 * @module
 */

/** Answers that the distribution is taken from. */
const SAMPLES = 128;

/** Fewer say nothing about what is late. */
const ENOUGH = 12;

/** New answers after which the distribution is sorted again. */
const REFRESH = 8;

/** Smaller bodies say nothing about bandwidth. */
const LARGE = 256 * 1024;

/** Measures one host. */
export class Line {
  readonly #firstBytes: number[] = [];
  #next = 0;
  #sorted: readonly number[] = [];
  #sinceSorted = 0;
  #bandwidth = 0;

  /** An answer began after `milliseconds`. */
  answered(milliseconds: number): void {
    this.#firstBytes[this.#next++ % SAMPLES] = milliseconds;
    this.#sinceSorted++;
  }

  /** A body of `bytes` came in `milliseconds`, from its first byte to its last. */
  received(bytes: number, milliseconds: number): void {
    if (bytes < LARGE || milliseconds <= 0) return;
    const rate = bytes / milliseconds;
    this.#bandwidth = this.#bandwidth === 0 ? rate : this.#bandwidth * 0.9 + rate * 0.1;
  }

  /** Milliseconds within which a part `q` (0 to 1) of recent answers began; undefined: too few seen. */
  quantile(q: number): number | undefined {
    if (this.#firstBytes.length < ENOUGH) return undefined;
    if (this.#sorted.length === 0 || this.#sinceSorted >= REFRESH) {
      this.#sorted = [...this.#firstBytes].sort((a, b) => a - b);
      this.#sinceSorted = 0;
    }
    const last = this.#sorted.length - 1;
    return this.#sorted[Math.min(last, Math.floor(q * this.#sorted.length))];
  }

  /** Bytes a millisecond over one connection; 0 when nothing large was seen. */
  get bandwidth(): number {
    return this.#bandwidth;
  }

  /**
   * Milliseconds after which an answer is late: clearly past what nine of ten need. Half as much again as
   * the median at least, so that a narrow distribution does not call its own upper half late.
   */
  lateAfter(): number | undefined {
    const most = this.quantile(0.9);
    const median = this.quantile(0.5);
    if (most === undefined || median === undefined) return undefined;
    return Math.max(most * 1.2, median * 1.5, 5);
  }

  /**
   * Bytes that are as cheap to fetch as one more request: what comes in the time of a first byte, within
   * `least` and `most`.
   */
  gap(least: number, most: number): number {
    const median = this.quantile(0.5);
    if (median === undefined || this.#bandwidth === 0) return least;
    return Math.min(most, Math.max(least, Math.round(median * this.#bandwidth)));
  }
}
