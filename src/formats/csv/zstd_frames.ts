/**
 * Where the frames of a Zstandard stream end.
 *
 * Deno 2.9's decompressor stops, without a word, at the end of the first frame of a chunk; files that were
 * written in parallel or joined have many. So each frame gets a decompressor of its own.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1 frames and blocks
 * @module
 */

/** Bytes of one frame, or of what is between frames. */
export interface FramePart {
  readonly bytes: Uint8Array;
  /** Whether the frame ends with them. */
  readonly isEnd: boolean;
}

const MAGIC = 0xfd2f_b528;
const SKIPPABLE = 0x184d_2a50;

/** What comes next: so many bytes to be looked at, or to be passed. */
type State =
  | "magic"
  | "descriptor"
  | "skip-size"
  | "block-header"
  | "header"
  | "body"
  | "skip"
  | "end";

/** Walks through the headers of frames and blocks, whatever chunks they come in. */
export class ZstdFrames {
  #state: State = "magic";
  /** Bytes that the state still needs. */
  #left = 4;
  /** The bytes of a header so far. */
  #header: number[] = [];
  #hasChecksum = false;
  #isLastBlock = false;

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#state === "magic" && this.#header.length === 0;
  }

  /**
   * Cuts `chunk` at the ends of frames; skippable frames are left out.
   *
   * @throws {Error} when there is something else than a frame
   */
  *parts(chunk: Uint8Array): Generator<FramePart> {
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "skip" || this.#state === "body" || this.#state === "header") {
        const count = Math.min(this.#left, chunk.length - at);
        at += count;
        this.#left -= count;
      } else {
        this.#header.push(chunk[at++]);
        this.#left--;
      }
      while (this.#left === 0) {
        const wasSkipping = this.#state === "skip" || this.#state === "skip-size";
        this.#next();
        if (wasSkipping) start = at;
        if (this.#state !== "end") continue;
        if (!wasSkipping) yield { bytes: chunk.subarray(start, at), isEnd: true };
        start = at;
        this.#go("magic", 4);
      }
    }
    const isSkipping = this.#state === "skip" || this.#state === "skip-size";
    if (start < at && !isSkipping) yield { bytes: chunk.subarray(start, at), isEnd: false };
  }

  #go(state: State, length: number): void {
    this.#state = state;
    this.#left = length;
    this.#header = [];
  }

  /** From a state that has all its bytes to the one that follows; `end` needs none. */
  #next(): void {
    const value = this.#header.reduceRight((sum, byte) => sum * 256 + byte, 0);
    switch (this.#state) {
      case "magic":
        if (value === MAGIC) return this.#go("descriptor", 1);
        if (value >= SKIPPABLE && value <= SKIPPABLE + 15) return this.#go("skip-size", 4);
        throw new Error("bytes that are no Zstandard frame");
      case "skip-size":
        return this.#go("skip", value);
      case "descriptor":
        this.#hasChecksum = (value & 4) !== 0;
        return this.#go("header", headerLength(value));
      case "header":
        return this.#go("block-header", 3);
      case "block-header": {
        const kind = (value >> 1) & 3;
        if (kind === 3) throw new Error("a reserved kind of Zstandard block");
        this.#isLastBlock = (value & 1) !== 0;
        const body = kind === 1 ? 1 : value >> 3;
        return this.#go("body", body + (this.#isLastBlock && this.#hasChecksum ? 4 : 0));
      }
      case "body":
        return this.#isLastBlock ? this.#go("end", -1) : this.#go("block-header", 3);
      default:
        return this.#go("end", -1);
    }
  }
}

/** Bytes of a frame header after its descriptor. */
function headerLength(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3];
  const size = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6];
  return (isSingleSegment ? 0 : 1) + dictionary + size;
}
