/**
 * A memory of what was seen lately.
 *
 * @module
 */

/** Remembers as many values as it may; the oldest go first. */
export class Recent<V> {
  readonly #values = new Map<string, V>();

  constructor(readonly capacity: number) {}

  /** The value of `name`; undefined when it is not remembered. */
  get(name: string): V | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  set(name: string, value: V): void {
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size <= this.capacity) return;
    const [oldest] = this.#values.keys();
    this.#values.delete(oldest);
  }

  /** From the oldest. */
  entries(): IterableIterator<[string, V]> {
    return this.#values.entries();
  }
}
