/**
 * The signals that end a process, and who answers them.
 *
 * @module
 */

/** A signal that asks a process to end. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** Answers a signal. */
export type SignalTaker = (signal: EndSignal) => void;

/** Where a command takes the signals of its process over. */
export interface SignalSource {
  /** From now on `taker` gets the signals, instead of who got them before, until it is disposed of. */
  take(taker: SignalTaker): Disposable;
}

/** Hands each signal to who came last. */
export class SignalTakers implements SignalSource {
  #takers: SignalTaker[] = [];

  take(taker: SignalTaker): Disposable {
    const own: SignalTaker = (signal) => taker(signal);
    this.#takers.push(own);
    return {
      [Symbol.dispose]: () => {
        this.#takers = this.#takers.filter((each) => each !== own);
      },
    };
  }

  /** A signal has come. */
  deliver(signal: EndSignal): void {
    this.#takers.at(-1)?.(signal);
  }
}

/** The signals of this process. */
export function processSignals(): SignalSource {
  const takers = new SignalTakers();
  Deno.addSignalListener("SIGINT", () => takers.deliver("SIGINT"));
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => takers.deliver("SIGTERM"));
  }
  return takers;
}
