/**
 * What comes over a connection: buffers whose parts are handed out as chunks and never written again.
 *
 * @module
 */
import { BUFFERS, LEAST_POOLED, letGo } from "../buffers.ts";
import { END_OF_HEAD, headText } from "./head.ts";

/** Bytes of a buffer for heads and small bodies, and of one for large bodies. */
const SMALL = 16 * 1024;
const LARGE = 1024 * 1024;
/** With less room than this, and more to come, another buffer is begun. */
const LEAST_ROOM = 8 * 1024;

/** Bytes that have come and are not taken: from `from` to `to`. */
interface Held {
  bytes: Uint8Array;
  from: number;
  to: number;
}

interface Watch {
  readonly read: Promise<number | null>;
  told: ((event: "bytes" | "end") => void) | undefined;
}

/** Reads a connection. */
export class Incoming {
  /** The same object always. */
  readonly held: Readonly<Held>;
  readonly #held: Held = { bytes: new Uint8Array(0), from: 0, to: 0 };
  readonly #conn: Deno.Conn;
  readonly #mayPool: boolean;
  /** Whether the buffer is of the pool. */
  #isPooled = false;
  /** A read that was begun while nothing was expected. */
  #watch: Watch | undefined;

  /** @param buffers `pooled`: large bodies come into buffers that their holders give back */
  constructor(conn: Deno.Conn, buffers?: "pooled") {
    this.#mayPool = buffers === "pooled";
    this.held = this.#held;
    this.#conn = conn;
  }

  get isEmpty(): boolean {
    return this.#held.from === this.#held.to;
  }

  /** Takes up to `most` of the bytes that are there. */
  take(most: number): Uint8Array {
    const { bytes, from, to } = this.#held;
    const end = Math.min(to, from + most);
    this.#held.from = end;
    return bytes.subarray(from, end);
  }

  /**
   * Waits for bytes besides those that are there; false at the end of the connection.
   *
   * @param wanted bytes that are expected
   */
  async more(wanted: number): Promise<boolean> {
    const read = this.#watch?.read ?? this.#conn.read(this.#room(wanted));
    this.#watch = undefined;
    const count = await read;
    if (count === null) return false;
    this.#held.to += count;
    return true;
  }

  /**
   * Reads already, while nothing is expected: `told` is called when something comes, or with `end` when
   * the connection has ended.
   */
  watch(told: (event: "bytes" | "end") => void): void {
    const watch: Watch = { read: this.#conn.read(this.#room(LEAST_READ)), told };
    this.#watch = watch;
    watch.read.then(
      (count) => watch.told?.(count === null ? "end" : "bytes"),
      () => watch.told?.("end"),
    );
  }

  /** Nobody is told any more; what comes is kept for {@link Incoming.more}. */
  unwatch(): void {
    if (this.#watch !== undefined) this.#watch.told = undefined;
  }

  /** Where the next bytes go. What was taken of the buffer belongs to who took it. */
  #room(wanted: number): Uint8Array {
    const held = this.#held;
    const room = held.bytes.length - held.to;
    const isLarge = wanted >= LEAST_POOLED && this.#mayPool;
    const isShort = room < Math.min(wanted, LEAST_ROOM) || room === 0;
    // A head in a large buffer would keep all of it.
    if (isShort || this.#isPooled && wanted <= LEAST_READ) this.#renew(wanted, isLarge);
    return held.bytes.subarray(held.to);
  }

  #renew(wanted: number, isLarge: boolean): void {
    const held = this.#held;
    const { bytes, from, to } = held;
    const rest = bytes.subarray(from, to);
    held.bytes = isLarge && rest.length === 0
      ? BUFFERS.take(wanted)
      : new Uint8Array(Math.min(LARGE, Math.max(SMALL, wanted)) + rest.length);
    held.bytes.set(rest);
    held.from = 0;
    held.to = rest.length;
    if (this.#isPooled) letGo(bytes);
    this.#isPooled = isLarge && rest.length === 0;
  }
}

/** Bytes of a head, at most. */
const LARGEST_HEAD = 64 * 1024;
/** Bytes of room for what is left of a head, at least. */
const LEAST_READ = 4 * 1024;

/**
 * The text of the head that comes next, without the empty line after it; undefined when the connection
 * ends first.
 *
 * @throws {TypeError} when it is longer than 64 KiB
 */
export async function readHeadText(incoming: Incoming): Promise<string | undefined> {
  const { held } = incoming;
  let seen = 0;
  while (true) {
    const text = headText(held.bytes.subarray(held.from, held.to), seen);
    if (text !== undefined) {
      incoming.take(text.length + END_OF_HEAD);
      return text;
    }
    seen = held.to - held.from;
    if (seen > LARGEST_HEAD) throw new TypeError("the head is too long");
    if (!await incoming.more(LEAST_READ)) return undefined;
  }
}
