/**
 * One range as a stream: parts are asked for a window ahead of the reader, and handed on chunk by chunk
 * as they arrive.
 *
 * @module
 */
import { cancelled } from "../errors.ts";
import type { Chunks } from "./block_cache.ts";
import type { Cursor } from "./flight.ts";
import { Hold } from "./hold.ts";
import type { Delivery } from "./object_reader.ts";
import type { Extent } from "./range.ts";
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
  readonly load: (delivery: Delivery & { kind: "held" }, hold: Hold) => Promise<Chunks>;
}

/** A part that was asked for. */
interface OpenPart {
  readonly bytes: number;
  readonly hold: Hold;
  readonly deliveries: Promise<Delivery[]>;
}

/** The bytes of an extent, in order. */
export function streamRange(init: StreamInit): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const chunks = inOrder(init, stop.signal);
  const { signal } = init;
  const abort = () => stop.abort(signal?.reason);
  const over = () => signal?.removeEventListener("abort", abort);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stop.signal.addEventListener("abort", () => controller.error(cancelled(stop.signal)), {
        once: true,
      });
      if (stop.signal.aborted) controller.error(cancelled(stop.signal));
    },
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(value);
        over();
        controller.close();
      } catch (error) {
        over();
        if (!stop.signal.aborted) controller.error(error);
      }
    },
    cancel(reason) {
      over();
      stop.abort(reason);
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
        if (delivery.kind === "held") yield* await init.load(delivery, part.hold);
        else yield* arriving(delivery.flight.cursor(delivery.extent), part.hold);
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
    if (chunk === undefined) await hold.wait(cursor.wait());
    else yield chunk;
  }
}
