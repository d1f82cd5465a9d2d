/**
 * What each name asked for and what it cost, and how far it may go.
 *
 * @module
 */
import { BudgetError, type DipperError, isDipperError } from "../errors.ts";
import { ReadCounter, type ReadCounts } from "../range/counts.ts";
import { type AheadCounts, AheadUsage } from "./ahead/usage.ts";

/** Requests by kind. */
export interface KindCounts {
  /** GetObject. */
  readonly get: number;
  /** HeadObject and HeadBucket. */
  readonly head: number;
  /** ListObjects, ListBuckets and what else is asked of a bucket. */
  readonly list: number;
  /** PutObject, and the requests of a multipart upload. */
  readonly put: number;
  /** All others, deletes among them. */
  readonly other: number;
}

/** How far the requests of a name may go; undefined: any. */
export interface Budget {
  /** Bytes received from the stores. */
  readonly maxBytes?: number;
  /** Requests sent to the stores. */
  readonly maxRequests?: number;
}

/** What a name did so far. */
export interface Activity {
  /** What its reads of objects cost; its requests are in `sent` as well. */
  readonly reads: ReadCounts;
  /** Requests that came from the client. */
  readonly received: KindCounts;
  /** Requests that went to the stores, with retries and hedges. */
  readonly sent: KindCounts;
  readonly retries: number;
  readonly hedges: number;
  /** Bytes that were fetched before the client asked for them. */
  readonly ahead: AheadCounts;
  readonly bytes: {
    /** Of bodies received from the stores: objects, listings, messages. */
    readonly read: number;
    /** Of bodies sent to the stores. */
    readonly written: number;
    /** Of objects sent to the client. */
    readonly answered: number;
  };
  /** Distinct objects touched. */
  readonly objects: number;
  /** Bytes of those objects, as far as their sizes are known. */
  readonly objectBytes: number;
  /** The newest failures below the gateway, as {@link DipperError.toJSON} gives them. */
  readonly failures: readonly ReturnType<DipperError["toJSON"]>[];
}

const KEPT_FAILURES = 10;
const KEPT_NAMES_OF_OBJECTS = 100_000;

/** The account of one name. */
export class Account {
  readonly reads: ReadCounter;
  readonly ahead: AheadUsage;
  readonly #budget: Budget;
  readonly #received = noRequests();
  readonly #sent = noRequests();
  /** Sizes of the objects touched, in bytes; 0 where none is known. */
  readonly #objects = new Map<string, number>();
  readonly #failures: ReturnType<DipperError["toJSON"]>[] = [];
  #retries = 0;
  #read = 0;
  #written = 0;
  #answered = 0;
  #objectBytes = 0;

  constructor(parent: ReadCounter, budget: Budget = {}) {
    this.reads = new ReadCounter(parent);
    this.ahead = new AheadUsage(this.reads);
    this.#budget = budget;
  }

  /** A request came from the client. */
  received(kind: keyof KindCounts): void {
    this.#received[kind]++;
  }

  /** A request goes to a store; `attempt` counts from 1. */
  sent(kind: keyof KindCounts, attempt: number): void {
    this.#sent[kind]++;
    if (attempt > 1) this.#retries++;
  }

  /** An object was asked for; `size` in bytes, once it is known. */
  touched(bucket: string, key: string, size?: number): void {
    const name = `${bucket}/${key}`;
    const before = this.#objects.get(name);
    if (before === undefined && this.#objects.size >= KEPT_NAMES_OF_OBJECTS) return;
    const bytes = size ?? before ?? 0;
    this.#objects.set(name, bytes);
    this.#objectBytes += bytes - (before ?? 0);
  }

  /** Bytes of a message from a store. */
  read(bytes: number): void {
    this.#read += bytes;
  }

  written(bytes: number): void {
    this.#written += bytes;
  }

  answered(bytes: number): void {
    this.#answered += bytes;
  }

  failed(error: unknown): void {
    if (!isDipperError(error) || isDipperError(error, "cancelled")) return;
    this.#failures.push(error.toJSON());
    if (this.#failures.length > KEPT_FAILURES) this.#failures.shift();
  }

  /**
   * Refuses to go on once the budget is used up.
   *
   * @throws {BudgetError} that says how far it came
   */
  checkBudget(): void {
    const { maxBytes = Infinity, maxRequests = Infinity } = this.#budget;
    if (maxBytes === Infinity && maxRequests === Infinity) return;
    const { sent, bytes } = this.snapshot();
    const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
    if (bytes.read < maxBytes && requests < maxRequests) return;
    const [limit, unit] = bytes.read >= maxBytes ? [maxBytes, "bytes"] : [maxRequests, "requests"];
    const error = new BudgetError(
      `the budget of ${limit} ${unit} is used up: ${bytes.read} bytes were read in ${requests} ` +
        `requests, of ${this.#objects.size} objects of ${this.#objectBytes} bytes`,
      { hint: "allow more, or read fewer columns, rows or files" },
    );
    this.failed(error);
    throw error;
  }

  /** Bytes that may be read before they are asked for: half of what the budget leaves. */
  roomAhead(): number {
    const { maxBytes = Infinity, maxRequests = Infinity } = this.#budget;
    if (maxBytes === Infinity && maxRequests === Infinity) return Infinity;
    const { sent, bytes } = this.snapshot();
    const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
    if (requests >= maxRequests / 2) return 0;
    return (maxBytes - bytes.read - this.ahead.unread) / 2;
  }

  snapshot(): Activity {
    const counts = this.reads.snapshot();
    // What was fetched ahead for this client travelled for it, wherever it was when it was asked for.
    const ahead = Math.min(this.ahead.heldUsed, counts.fromMemory);
    const reads = {
      ...counts,
      fromMemory: counts.fromMemory - ahead,
      shared: counts.shared + ahead,
    };
    return {
      reads,
      received: { ...this.#received },
      sent: {
        ...this.#sent,
        get: this.#sent.get + reads.requests,
        head: this.#sent.head + reads.heads,
      },
      retries: this.#retries + reads.retries,
      hedges: reads.hedges,
      ahead: this.ahead.counts,
      bytes: {
        read: this.#read + reads.fromWire,
        written: this.#written,
        answered: this.#answered,
      },
      objects: this.#objects.size,
      objectBytes: this.#objectBytes,
      failures: [...this.#failures],
    };
  }
}

function noRequests(): Record<keyof KindCounts, number> {
  return { get: 0, head: 0, list: 0, put: 0, other: 0 };
}
