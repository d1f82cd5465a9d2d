/**
 * An object's bytes in order, its parts fetched ahead side by side: for standard output and for whatever
 * takes bytes one after the other.
 *
 * @module
 */
import { digester } from "./checksum.ts";
import type { Fetchable } from "./download.ts";
import { partsOf } from "./part_size.ts";
import { receive } from "./receive.ts";
import { storedObject } from "./stored.ts";
import { mismatch, type Moved, type OnBytes, type Work } from "./work.ts";
import { hex } from "./checksum.ts";

const PART = 4 * 1024 * 1024;
const AHEAD = 6;

/**
 * Hands the bytes to `take`, in order.
 *
 * @throws {ServiceError} at the end, when they are not those of the service's checksum
 */
export async function readInOrder(
  work: Work,
  { target, size, etag }: Fetchable,
  take: (bytes: Uint8Array) => Promise<void>,
  onBytes: OnBytes,
): Promise<Moved> {
  const { wire, signal } = work;
  const stored = await storedObject(wire, target, signal);
  const expected = stored.expected?.of === "whole" ? stored.expected : undefined;
  const state = expected && await digester(expected.algorithm);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const fetching: Promise<Uint8Array[]>[] = [];
  const parts = size === 0 ? [] : partsOf(size, PART);
  let next = 0;
  const ahead = () => {
    for (; fetching.length < AHEAD && next < parts.length; next++) {
      const part = parts[next];
      const chunks: Uint8Array[] = [];
      const reading = { target, size, etag: etag ?? stored.etag, ...part };
      const fetched = work.budget.run(part.length, both, async () => {
        await receive(wire, reading, (bytes) => void chunks.push(bytes), both);
        return chunks;
      });
      fetched.catch(() => {}); // told of when its turn comes
      fetching.push(fetched);
    }
  };
  try {
    for (ahead(); fetching.length > 0; ahead()) {
      for (const chunk of await fetching.shift()!) {
        state?.update(chunk);
        await take(chunk);
        onBytes(chunk.byteLength);
      }
    }
  } finally {
    stop.abort();
  }
  if (state !== undefined && hex(await state.digest()) !== hex(expected!.digest)) {
    throw mismatch(target, expected!.algorithm, "GetObject");
  }
  return { size, etag: stored.etag, checked: expected?.algorithm };
}
