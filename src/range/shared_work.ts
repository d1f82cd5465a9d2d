/**
 * Work that several callers want at once is done once.
 *
 * @module
 */
import { Hold } from "./hold.ts";

interface Entry<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  isOver: boolean;
}

/**
 * Work under way by name. One caller's abort ends its own wait; the work ends when nobody waits for it.
 * What is finished, well or not, is forgotten.
 */
export class SharedWork<T> {
  readonly #entries = new Map<string, Entry<T>>();

  /** The result of the work called `name`, which `work` starts when it is not under way. */
  async run(
    name: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    using hold = new Hold(signal);
    const entry = this.#entries.get(name) ?? this.#start(name, work);
    entry.waiting++;
    hold.add(() => {
      if (--entry.waiting === 0) this.#forget(name, entry);
    });
    return await hold.wait(entry.promise);
  }

  #start(name: string, work: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const controller = new AbortController();
    const entry: Entry<T> = {
      promise: work(controller.signal),
      controller,
      waiting: 0,
      isOver: false,
    };
    this.#entries.set(name, entry);
    const forget = () => {
      entry.isOver = true;
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    entry.promise.then(forget, forget);
    return entry;
  }

  #forget(name: string, entry: Entry<T>): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (!entry.isOver) entry.controller.abort();
  }
}
