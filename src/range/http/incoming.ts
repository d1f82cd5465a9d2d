/**
 * What comes over a connection: buffers whose parts are handed out as chunks and never written again.
 *
 * @module
 */

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

/** Reads a connection. */
export class Incoming {
  /** The same object always. */
  readonly held: Readonly<Held>;
  readonly #held: Held = { bytes: new Uint8Array(0), from: 0, to: 0 };
  readonly #conn: Deno.Conn;
  /** A read that was begun while nothing was expected. */
  #watch: { readonly read: Promise<number | null>; gone: (() => void) | undefined } | undefined;

  constructor(conn: Deno.Conn) {
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

  /** Reads already, while nothing is expected: `gone` is called when something comes, or the end. */
  watch(gone: () => void): void {
    const watch = {
      read: this.#conn.read(this.#room(SMALL)),
      gone: gone as (() => void) | undefined,
    };
    this.#watch = watch;
    const tell = () => watch.gone?.();
    watch.read.then(tell, tell);
  }

  /** Something is expected from now on. */
  unwatch(): void {
    if (this.#watch !== undefined) this.#watch.gone = undefined;
  }

  /** Where the next bytes go. What was taken of the buffer belongs to who took it. */
  #room(wanted: number): Uint8Array {
    const held = this.#held;
    const room = held.bytes.length - held.to;
    if (room < Math.min(wanted, LEAST_ROOM) || room === 0) {
      const rest = held.bytes.subarray(held.from, held.to);
      const size = Math.min(LARGE, Math.max(SMALL, wanted)) + rest.length;
      held.bytes = new Uint8Array(size);
      held.bytes.set(rest);
      held.from = 0;
      held.to = rest.length;
    }
    return held.bytes.subarray(held.to);
  }
}
