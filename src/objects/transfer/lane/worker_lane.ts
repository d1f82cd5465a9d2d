/**
 * A lane on a thread of its own.
 *
 * @module
 */
import { InternalError } from "../../../errors.ts";
import type { Errand, Lane, Outcome } from "./errand.ts";
import type { FromLane, ToLane } from "./messages.ts";

interface Pending {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  readonly onBytes: (bytes: number) => void;
  /** Bytes that were told of. */
  told: number;
}

/** Errands on another thread. Starts it at once; {@link WorkerLane.isReady} says when it is of use. */
export class WorkerLane implements Lane {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #state: "starting" | "ready" | "over" = "starting";

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromLane>) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new InternalError(`a transfer's thread ended: ${event.message}`));
    };
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  run(errand: Errand, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<Outcome> {
    const call = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#pending.set(call, { resolve, reject, onBytes, told: 0 });
    this.#say({ kind: "run", call, errand });
    const abort = () => this.#say({ kind: "abort", call });
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  drop(id: number): void {
    if (this.#state !== "over") this.#say({ kind: "drop", id });
  }

  [Symbol.dispose](): void {
    this.#end(new InternalError("the transfer is over"));
  }

  #say(message: ToLane): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromLane): void {
    if (message.kind === "ready") {
      if (this.#state === "starting") this.#state = "ready";
      return;
    }
    const pending = this.#pending.get(message.call);
    if (pending === undefined) return;
    if (message.kind === "bytes") {
      pending.told += message.bytes;
      return pending.onBytes(message.bytes);
    }
    this.#pending.delete(message.call);
    const { outcome } = message;
    if (outcome.kind === "arrived" || outcome.kind === "broken") {
      const rest = outcome.received - pending.told;
      if (rest > 0) pending.onBytes(rest);
    }
    pending.resolve(outcome);
  }

  #end(error: Error): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
