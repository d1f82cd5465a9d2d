/**
 * Several listings at once, read as one in their order.
 *
 * @module
 */

/** A piece that is there, or pieces that are still to be had. */
export type Part<T> = { readonly piece: T } | { readonly open: () => AsyncGenerator<T> };

/** Pieces of one source that are asked for before they are read. */
const AHEAD = 2;

/** Starts `source` at once and keeps at most {@link AHEAD} pieces of it. */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T, void, undefined> {
  const asked: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    const next = source.next();
    next.catch(() => {}); // thrown to the reader, when it comes to this piece
    asked.push(next);
  };
  try {
    while (asked.length < AHEAD) ask();
    for (;;) {
      const { done, value } = await asked.shift()!;
      if (done) return;
      ask();
      yield value;
    }
  } finally {
    await source.return(undefined);
  }
}

/** The pieces of all parts in order; as many as `window` parts are under way at once. */
export async function* inOrder<T>(
  parts: AsyncGenerator<Part<T>>,
  window: number,
): AsyncGenerator<T, void, undefined> {
  const open: (AsyncGenerator<T> | T)[] = [];
  const started = new Set<AsyncGenerator<T>>();
  let ended = false;
  try {
    for (;;) {
      while (!ended && open.length < window) {
        const { done, value } = await parts.next();
        if (done) {
          ended = true;
          break;
        }
        if ("piece" in value) open.push(value.piece);
        else {
          const source = start(ahead(value.open()));
          started.add(source);
          open.push(source);
        }
      }
      const first = open.shift();
      if (first === undefined) return;
      if (!started.has(first as AsyncGenerator<T>)) yield first as T;
      else {
        yield* first as AsyncGenerator<T>;
        started.delete(first as AsyncGenerator<T>);
      }
    }
  } finally {
    await Promise.allSettled([
      parts.return(undefined),
      ...[...started].map((one) => one.return(undefined)),
    ]);
  }
}

/** Runs a generator to its first piece before anybody asks. */
function start<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const first = source.next();
  first.catch(() => {}); // thrown to the reader below
  return (async function* () {
    try {
      const { done, value } = await first;
      if (done) return;
      yield value;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  })();
}
