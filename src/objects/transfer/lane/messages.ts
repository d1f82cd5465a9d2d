/**
 * What a lane's thread and its owner say to each other.
 *
 * @module
 */
import type { Errand, Outcome } from "./errand.ts";

/** To the thread. `call` names one try. */
export type ToLane =
  | { readonly kind: "run"; readonly call: number; readonly errand: Errand }
  | { readonly kind: "abort"; readonly call: number }
  | { readonly kind: "drop"; readonly id: number };

/** From the thread. */
export type FromLane =
  | { readonly kind: "ready" }
  | { readonly kind: "bytes"; readonly call: number; readonly bytes: number }
  | { readonly kind: "outcome"; readonly call: number; readonly outcome: Outcome };
