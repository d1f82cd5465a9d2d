/**
 * Ctrl-C for work that has something to clean up.
 *
 * @module
 */
import { cancelled } from "../errors.ts";
import type { Invocation } from "./invocation.ts";

/** Programs such as `timeout` send two signals at once for one interruption. */
const ONE_INTERRUPTION_MS = 500;

/** A signal, until it is disposed of. */
export interface PatientSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Aborted by Ctrl-C like the invocation's own signal, but the process waits until the work has cleaned up,
 * however slow the service is; a later Ctrl-C ends it.
 */
export function patientSignal({ host, signal }: Invocation): PatientSignal {
  const stop = new AbortController();
  const taken = host.signals.take(() => {
    if (stop.signal.aborted) return;
    stop.abort(new DOMException("interrupted", "AbortError"));
    Deno.unrefTimer(setTimeout(() => taken[Symbol.dispose](), ONE_INTERRUPTION_MS));
  });
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    [Symbol.dispose]: () => taken[Symbol.dispose](),
  };
}

/**
 * The value, or the cancellation if that comes first: reading from a terminal does not end by itself.
 *
 * @throws {CancelledError} when `signal` is aborted
 */
export async function unlessAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw cancelled(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(cancelled(signal));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([value, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
