/**
 * Fetches that start before they are asked for, in order, and no further than a window.
 *
 * @module
 */

/** Something to fetch. */
export interface Fetch<T> {
  /** Bytes. */
  readonly length: number;
  start(signal: AbortSignal): Promise<T>;
}

/**
 * The results of `fetches`, in order. While one is used, those that follow are under way: at least one,
 * and more while they have at most `window` bytes together. Leaving the loop ends what is under way.
 */
export async function* readAhead<T>(
  fetches: AsyncIterable<Fetch<T>>,
  window: number,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const ending = new AbortController();
  const combined = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const iterator = fetches[Symbol.asyncIterator]();
  const queue: { readonly length: number; readonly result: Promise<T> }[] = [];
  let ahead = 0;
  let isAtEnd = false;
  const fill = async () => {
    while (!isAtEnd && (queue.length === 0 || ahead < window)) {
      const next = await iterator.next();
      if (next.done === true) isAtEnd = true;
      else {
        const result = next.value.start(combined);
        // A failure is thrown when its turn comes; until then it is nobody's.
        result.catch(() => {});
        queue.push({ length: next.value.length, result });
        ahead += next.value.length;
      }
    }
  };
  try {
    await fill();
    while (queue.length > 0) {
      const { length, result } = queue.shift()!;
      ahead -= length;
      const filling = fill();
      filling.catch(() => {});
      const value = await result;
      await filling;
      yield value;
    }
  } finally {
    ending.abort();
    await iterator.return?.();
  }
}
