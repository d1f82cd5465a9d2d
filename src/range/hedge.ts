/**
 * The layer against the tail: when an answer is late against the recent distribution, or its body stands
 * still for as long, the same bytes are asked for a second time. The first to go on is kept, the other
 * cancelled. At most a share of all requests is sent twice, and none of bytes that nobody waits for yet.
 *
 * @see Dean, Barroso: The Tail at Scale. CACM 56(2), 2013, “hedged requests”
 * @module
 */
import type { Clock } from "./clock.ts";
import type { AnswerHead, Job, Layer, Sink } from "./layer.ts";
import type { Line } from "./line.ts";
import { bounded, type ByteRange } from "./range.ts";

/** Requests for the same bytes at once, at most. */
const MOST = 3;

/** A body must stand still for so many times an answer's usual time, or so many milliseconds. */
const STILL_FACTOR = 4;
const STILL_LEAST = 250;

/** Milliseconds by which a timer may be late. */
const LAG = 3;

/** Says how many second requests may be sent: a share of the first ones, a few saved at most. */
export class HedgeBudget {
  readonly #share: number;
  readonly #most: number;
  #saved: number;

  /** @param share of the requests, such as 0.08 */
  constructor(share: number, most = 16) {
    this.#share = share;
    this.#most = most;
    this.#saved = Math.min(1, share * 12.5);
  }

  /** A first request is sent. */
  sent(): void {
    this.#saved = Math.min(this.#most, this.#saved + this.#share);
  }

  /** Whether one more may be sent now; it is then taken off. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

/** What hedging needs. */
export interface HedgeDeps {
  readonly clock: Clock;
  readonly line: Line;
  readonly budget: HedgeBudget;
}

/** The layer over `next`. */
export function hedging(next: Layer, deps: HedgeDeps): Layer {
  return (job, range, sink, signal) => new Race(next, deps, job, range, sink, signal).result;
}

interface Runner {
  readonly controller: AbortController;
  readonly began: number;
  hasAnswered: boolean;
}

/** Requests for the same bytes: one of them owns the sink at a time. */
class Race {
  readonly result: Promise<void>;
  readonly #settle: PromiseWithResolvers<void>;
  readonly #runners = new Set<Runner>();
  #owner: Runner | undefined;
  #received = 0;
  #progress: number;
  #firstByte: number | undefined;
  #isThrottled = false;
  #isOver = false;
  #stopTimer = () => {};
  readonly #job: Job;

  constructor(
    readonly next: Layer,
    readonly deps: HedgeDeps,
    job: Job,
    readonly range: ByteRange,
    readonly sink: Sink,
    readonly signal: AbortSignal,
  ) {
    this.#job = {
      ...job,
      onThrottled: () => {
        this.#isThrottled = true;
        job.onThrottled();
      },
    };
    this.#settle = Promise.withResolvers();
    this.result = this.#settle.promise;
    this.#progress = deps.clock.now();
    if (signal.aborted) {
      this.#end(signal.reason);
      return;
    }
    signal.addEventListener("abort", this.#abort, { once: true });
    deps.budget.sent();
    this.#start();
    this.#watch();
  }

  #abort = () => this.#end(this.signal.reason);

  #start(): void {
    const { clock } = this.deps;
    const runner = {
      controller: new AbortController(),
      began: clock.now(),
      hasAnswered: false,
    };
    this.#runners.add(runner);
    const sink: Sink = {
      head: (head) => this.#head(runner, head),
      chunk: (bytes) => this.#chunk(runner, bytes),
    };
    this.next(this.#job, this.#remaining(), sink, runner.controller.signal)
      .then(() => this.#done(runner), (error) => this.#failed(runner, error));
  }

  #head(runner: Runner, head: AnswerHead): void {
    if (!this.#claim(runner)) return;
    if (!runner.hasAnswered) this.deps.line.answered(this.deps.clock.now() - runner.began);
    runner.hasAnswered = true;
    if (this.#job.expected === undefined) this.#received = 0;
    this.sink.head(head);
  }

  #chunk(runner: Runner, bytes: Uint8Array): void {
    if (!this.#claim(runner)) return this.#job.counter.add("discarded", bytes.byteLength);
    this.#firstByte ??= this.#progress;
    this.#received += bytes.byteLength;
    this.sink.chunk(bytes);
  }

  /** Makes `runner` the owner when there is none, and ends the others. */
  #claim(runner: Runner): boolean {
    if (this.#isOver || !this.#runners.has(runner)) return false;
    if (this.#owner !== undefined && this.#owner !== runner) return false;
    this.#progress = this.deps.clock.now();
    if (this.#owner === undefined) {
      this.#owner = runner;
      for (const other of this.#runners) if (other !== runner) this.#drop(other);
    }
    return true;
  }

  #drop(runner: Runner): void {
    this.#runners.delete(runner);
    if (!runner.hasAnswered) this.deps.line.answered(this.deps.clock.now() - runner.began);
    runner.controller.abort();
  }

  #done(runner: Runner): void {
    if (this.#isOver || !this.#runners.has(runner)) return;
    const now = this.deps.clock.now();
    if (this.#firstByte !== undefined) {
      this.deps.line.received(this.#received, now - this.#firstByte);
    }
    this.#runners.delete(runner);
    this.#end(undefined);
  }

  /** One that fails for good leaves the others their chance, unless what it says holds for them too. */
  #failed(runner: Runner, error: unknown): void {
    if (this.#isOver || !this.#runners.has(runner)) return;
    this.#runners.delete(runner);
    if (this.#owner === runner) this.#owner = undefined;
    const isFinal = this.#runners.size === 0 || !(error as { retryable?: boolean }).retryable ||
      (error as { tag?: string }).tag === "object_changed";
    if (isFinal) this.#end(error);
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.signal.removeEventListener("abort", this.#abort);
    for (const runner of this.#runners) runner.controller.abort();
    this.#runners.clear();
    if (error === undefined) this.#settle.resolve();
    else this.#settle.reject(error);
  }

  #watch(): void {
    const late = this.#patience();
    if (late === undefined) return;
    const { clock } = this.deps;
    const due = Math.max(clock.now(), this.#progress + late);
    this.#stopTimer = clock.after(Math.max(0, due - clock.now()), () => {
      if (this.#isOver) return;
      // A timer that is late itself says that this process is busy, not that the answer is late.
      if (clock.now() - due > LAG) this.#progress = clock.now() - late / 2;
      else if (clock.now() - this.#progress >= late) this.#hedge();
      if (this.#runners.size < MOST) this.#watch();
    });
  }

  #patience(): number | undefined {
    const late = this.deps.line.lateAfter();
    if (late === undefined || this.#owner === undefined) return late;
    return Math.max(late * STILL_FACTOR, STILL_LEAST);
  }

  #hedge(): void {
    // The next look is a full patience away, whether or not a request could be sent now.
    this.#progress = this.deps.clock.now();
    if (this.#job.isAhead?.()) return;
    if (this.#isThrottled || this.#job.expected === undefined && this.#received > 0) return;
    if (!this.deps.budget.take()) return;
    this.#owner = undefined;
    this.#job.counter.add("hedges", 1);
    this.#start();
  }

  #remaining(): ByteRange {
    const { range } = this;
    return this.#received === 0 || range.kind !== "bounded"
      ? range
      : bounded(range.offset + this.#received, range.length - this.#received);
  }
}
