/**
 * The bytes of one object as a stream: verified, resumed when a connection breaks, never a mix of two
 * states.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { bounded, type ByteRange, from, suffix } from "../../range/range.ts";
import { RangeReader } from "../../range/reader.ts";
import type { Store } from "../../store/store.ts";
import type { S3Location } from "../../store/uri.ts";
import { explainFailure } from "../explain.ts";

/** What to read. */
export interface ReadObjectOptions {
  /** All of it when absent. */
  readonly range?: ByteRange;
  readonly versionId?: string;
  readonly signal?: AbortSignal;
}

/** Bytes that are asked for in the opening request where a stream follows. */
const LITTLE = 1;

/**
 * The bytes of an object, in order, as they arrive. A range that reaches over the end is cut there.
 *
 * @throws {NotFoundError} naming the nearest keys
 * @throws {ObjectChangedError} when it is replaced while it is read
 */
export async function* readObject(
  store: Store,
  location: S3Location,
  { range = from(0), versionId, signal }: ReadObjectOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  using reader = new RangeReader();
  try {
    const source = await reader.open(store, location, { versionId, signal, tail: LITTLE });
    if (source.size === 0) return;
    for await (const chunk of source.stream(range, { signal })) yield chunk;
  } catch (error) {
    throw await explainFailure(store, error, signal, versionId);
  }
}

/**
 * A range as HTTP writes it: `0-99` (both included), `100-`, `-100` (the last hundred).
 *
 * @throws {UsageError} when it is none
 */
export function parseRange(text: string): ByteRange {
  const match = /^(?:bytes=)?(\d*)-(\d*)$/.exec(text.trim());
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  const numbers = [first, last].map(Number);
  if (first === "" && last === "" || !numbers.every(Number.isSafeInteger)) throw noRange(text);
  if (first === "") {
    if (numbers[1] === 0) throw noRange(text);
    return suffix(numbers[1]);
  }
  if (last === "") return from(numbers[0]);
  if (numbers[1] < numbers[0]) throw noRange(text);
  return bounded(numbers[0], numbers[1] - numbers[0] + 1);
}

function noRange(text: string): UsageError {
  return new UsageError(`${JSON.stringify(text)} is no range of bytes`, {
    hint: "Write 0-99 for the first hundred, 100- for the rest, -100 for the last hundred.",
  });
}
