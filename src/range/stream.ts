/**
 * One range as a stream: parts are asked for a window ahead of the reader, and handed on chunk by chunk
 * as they arrive.
 *
 * @module
 */
import { cancelled, throwIfAborted } from "../errors.ts";
import type { Chunks } from "./block_cache.ts";
import { hold as holdBytes, letGo } from "./buffers.ts";
import type { Cursor } from "./flight.ts";
import { Hold } from "./hold.ts";
import type { Delivery } from "./object_reader.ts";
import type { Extent } from "./range.ts";
import type { PieceReader } from "./source.ts";
import { split } from "./split.ts";

/** Bytes that all streams have asked for and not handed on: a bound on memory. */
export class StreamBudget {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes `bytes` when there is room. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#most) return false;
    this.#taken += bytes;
    return true;
  }

  /** Takes `bytes` whether there is room or not: every stream may have one part. */
  force(bytes: number): void {
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }

  /** Bytes that are out now. */
  get taken(): number {
    return this.#taken;
  }
}

/** What a stream is made of. */
export interface StreamInit {
  readonly extent: Extent;
  readonly signal: AbortSignal | undefined;
  readonly partSize: number;
  /** Bytes ahead of the reader, at most. */
  readonly window: number;
  readonly budget: StreamBudget;
  /** Finds out where a part's bytes come from, and asks for those that are missing. */
  readonly open: (part: Extent, hold: Hold) => Promise<Delivery[]>;
  /** Whether each piece is done with when the next is asked for. */
  readonly lends: boolean;
  /** The bytes are held for the stream. */
  readonly load: (delivery: Delivery & { kind: "held" }, hold: Hold) => Promise<Chunks>;
}

/** A part that was asked for. */
interface OpenPart {
  readonly bytes: number;
  readonly hold: Hold;
  readonly deliveries: Promise<Delivery[]>;
}

/** The bytes of an extent, in order. */
export class RangePieces implements PieceReader {
  readonly #stop = new AbortController();
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #signal: AbortSignal | undefined;

  constructor(init: StreamInit) {
    this.#signal = init.signal;
    this.#chunks = inOrder(init, this.#stop.signal);
    if (this.#signal?.aborted) this.#abort();
    else this.#signal?.addEventListener("abort", this.#abort, { once: true });
  }

  async next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#chunks.next();
      if (!done) return value;
    } catch (error) {
      this.#over();
      throw this.#stop.signal.aborted ? cancelled(this.#stop.signal) : error;
    }
    this.#over();
    throwIfAborted(this.#stop.signal);
    return undefined;
  }

  cancel(): void {
    this.#over();
    this.#end(undefined);
  }

  #abort = () => this.#end(this.#signal?.reason);

  #end(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(reason);
    // Where nobody waits for the next piece, nothing else gives back what is held.
    this.#chunks.return().catch(() => {});
  }

  #over(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/** Pieces as a stream, which fails when `signal` is aborted. */
export function streamOf(
  pieces: PieceReader,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let abort = () => {};
  const over = () => signal?.removeEventListener("abort", abort);
  return new ReadableStream<Uint8Array>({
    start(controller) {
      abort = () => controller.error(cancelled(signal!));
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    },
    async pull(controller) {
      try {
        const piece = await pieces.next();
        if (piece !== undefined) return controller.enqueue(piece);
        over();
        controller.close();
      } catch (error) {
        over();
        if (!signal?.aborted) controller.error(error);
      }
    },
    cancel() {
      over();
      pieces.cancel();
    },
  }, { highWaterMark: 0 });
}

async function* inOrder(
  init: StreamInit,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { extent, window, budget } = init;
  const parts = split(extent, init.partSize);
  const open: OpenPart[] = [];
  let next = 0;
  let ahead = 0;
  const fill = () => {
    while (next < parts.length && ahead < window) {
      const bytes = parts[next].length;
      if (ahead === 0) budget.force(bytes);
      else if (!budget.take(bytes)) return;
      ahead += bytes;
      const hold = new Hold(signal);
      const deliveries = init.open(parts[next++], hold);
      // Told of when its turn comes.
      deliveries.catch(() => {});
      open.push({ bytes, hold, deliveries });
    }
  };
  const close = ({ bytes, hold }: OpenPart) => {
    hold[Symbol.dispose]();
    budget.give(bytes);
    ahead -= bytes;
  };
  try {
    for (fill(); open.length > 0; fill()) {
      const part = open[0];
      for (const delivery of await part.hold.wait(part.deliveries)) {
        if (delivery.kind === "held") {
          for (const chunk of await init.load(delivery, part.hold)) {
            yield chunk;
            if (init.lends) letGo(chunk);
          }
        } else {
          if (!init.lends) delivery.flight.giveAway();
          yield* arriving(delivery.flight.cursor(delivery.extent), part.hold);
        }
      }
      open.shift();
      close(part);
    }
  } finally {
    open.forEach(close);
  }
}

async function* arriving(cursor: Cursor, hold: Hold): AsyncGenerator<Uint8Array, void, undefined> {
  while (!cursor.isAtEnd) {
    const chunk = cursor.take();
    if (chunk === undefined) {
      await hold.wait(cursor.wait());
      continue;
    }
    // An abort gives back the lease while the chunk is looked at; without a next call it stays held.
    holdBytes(chunk);
    yield chunk;
    letGo(chunk);
  }
}
