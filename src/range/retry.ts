/**
 * The layer that tries again: exponential back-off with full jitter within a budget of time, Retry-After
 * honoured. A body that broke off goes on from its last byte, under the same ETag.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ “full jitter”
 * @module
 */
import { AttemptFailure } from "./attempt_failure.ts";
import { type Clock, type Random, sleep } from "./clock.ts";
import type { Job, Layer, Sink } from "./layer.ts";
import { bounded, type ByteRange } from "./range.ts";
import type { ReadSettings } from "./settings.ts";

/** Bytes that count as progress: they give a broken read its budget back. */
const PROGRESS = 64 * 1024;

/** What retrying needs. */
export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Pick<
    ReadSettings,
    "retryBudget" | "unreachableBudget" | "backoffFirst" | "backoffMost"
  >;
}

/** The layer over `next`. Fails with the tagged error of the last attempt. */
export function retrying(next: Layer, deps: RetryDeps): Layer {
  return async (job, range, sink, signal) => {
    const patience = new Patience(deps);
    let received = 0;
    const counted: Sink = {
      head: (head) => {
        if (job.expected === undefined) received = 0;
        sink.head(head);
      },
      chunk: (bytes) => {
        received += bytes.byteLength;
        sink.chunk(bytes);
      },
    };
    while (true) {
      try {
        return await next(job, remaining(job, range, received), counted, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AttemptFailure)) throw error;
        if (isComplete(job, range, received)) return;
        if (error.recovery === "slower") job.onThrottled();
        const wait = patience.waitFor(error, received);
        if (wait === undefined) throw error.error;
        await sleep(deps.clock, wait, signal);
        job.counter.add("retries", 1);
      }
    }
  };
}

/**
 * How long to wait before the next attempt; pure but for clock and chance.
 */
export class Patience {
  readonly #deps: RetryDeps;
  #since: number;
  #failures = 0;
  #received = 0;

  constructor(deps: RetryDeps) {
    this.#deps = deps;
    this.#since = deps.clock.now();
  }

  /** Milliseconds to wait after `failure`, of which `received` bytes had come; undefined: give up. */
  waitFor(
    failure: Pick<AttemptFailure, "recovery" | "retryAfter">,
    received: number,
  ): number | undefined {
    const { clock, random, settings } = this.#deps;
    if (failure.recovery === "never") return undefined;
    if (received >= this.#received + PROGRESS) {
      this.#received = received;
      this.#since = clock.now();
      this.#failures = 0;
    }
    const ceiling = Math.min(settings.backoffMost, settings.backoffFirst * 2 ** this.#failures++);
    const wait = Math.max(random() * ceiling, failure.retryAfter ?? 0);
    const budget = failure.recovery === "unreachable"
      ? settings.unreachableBudget
      : settings.retryBudget;
    return clock.now() + wait - this.#since > budget ? undefined : wait;
  }
}

/** While an object is being opened its state may differ from one attempt to the next: from the start. */
function remaining(job: Job, range: ByteRange, received: number): ByteRange {
  return job.expected === undefined || received === 0 || range.kind !== "bounded"
    ? range
    : bounded(range.offset + received, range.length - received);
}

function isComplete(job: Job, range: ByteRange, received: number): boolean {
  return job.expected !== undefined && range.kind === "bounded" && received >= range.length;
}
