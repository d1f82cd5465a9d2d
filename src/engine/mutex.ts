/**
 * One at a time, in the order of asking.
 *
 * @module
 */

/** Hands a thing to one holder at a time. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether somebody holds it or waits for it. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Waits for one's turn; the returned function ends it, and may be called more than once. */
  async acquire(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#waiting++;
    let isDone = false;
    await before;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#waiting--;
      resolve();
    };
  }
}
