/**
 * Buffers that are used again.
 *
 * Received bytes are held by several at once: the request that brought them, caches, who passes them on.
 * Each of them counts as a holder; the last to let go gives the buffer back. Memory that was never used
 * before costs a page fault for each 4 KiB: over a third of the gateway's CPU in a query over 372 MB.
 *
 * A holder that never lets go does no harm, the garbage collector then takes the buffer. One that lets go
 * too early does: bytes are to be let go of once, and not looked at afterwards.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Bytes of the largest buffer that is kept for later. */
export const LARGEST_POOLED = 1024 * 1024;
const SIZES = [LARGEST_POOLED / 2, LARGEST_POOLED];
/** Below this buffers are not worth keeping: the allocator has such. */
export const LEAST_POOLED = 192 * 1024;
/** Bytes of buffers that nobody holds, at most. */
const MOST_FREE = 64 * 1024 * 1024;
const PAGE = 4096;

interface Lent {
  readonly pool: BufferPool;
  holders: number;
}

const LENT = new WeakMap<ArrayBufferLike, Lent>();

/** Buffers for large bodies. */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>(SIZES.map((size) => [size, []]));
  /** Whether what comes back is wiped, so that a test sees who looks at it all the same. */
  wipes = false;
  #freeBytes = 0;

  /** Bytes of buffers that nobody holds. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** A buffer for `bytes`, or for as many of them as the largest takes; the caller is its holder. */
  take(bytes: number): Uint8Array {
    const size = SIZES.find((each) => each >= bytes) ?? LARGEST_POOLED;
    const found = this.#free.get(size)!.pop();
    if (found !== undefined) this.#freeBytes -= size;
    const buffer = found ?? allocate(size);
    LENT.set(buffer.buffer, { pool: this, holders: 1 });
    return buffer;
  }

  /** Has `bytes` of memory ready, which is touched for it. */
  prepare(bytes: number): void {
    for (let made = 0; made < bytes; made += LARGEST_POOLED) {
      const buffer = allocate(LARGEST_POOLED);
      for (let at = 0; at < buffer.length; at += PAGE) buffer[at] = 1;
      this.#keep(buffer);
    }
  }

  /** The last holder of a buffer has let go. */
  returned(buffer: ArrayBufferLike): void {
    const bytes = new Uint8Array(buffer);
    if (this.wipes) bytes.fill(0xdd);
    this.#keep(bytes);
  }

  #keep(buffer: Uint8Array): void {
    if (this.#freeBytes + buffer.length > MOST_FREE) return;
    this.#free.get(buffer.length)!.push(buffer);
    this.#freeBytes += buffer.length;
  }
}

/** Not zeroed: it is handed on only as far as it was written to. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer, 0, size);
}

/** The pool of this thread. */
export const BUFFERS: BufferPool = new BufferPool();

/** One holder more for the buffer that `bytes` are in, if it is of a pool. */
export function hold(bytes: Uint8Array): void {
  const lent = LENT.get(bytes.buffer);
  if (lent !== undefined) lent.holders++;
}

/** The same for each of `chunks`. */
export function holdAll(chunks: readonly Uint8Array[]): void {
  for (const chunk of chunks) hold(chunk);
}

/** A holder of the buffer that `bytes` are in has done with them. */
export function letGo(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const lent = LENT.get(buffer);
  if (lent === undefined || --lent.holders > 0) return;
  LENT.delete(buffer);
  lent.pool.returned(buffer);
}

/** The same for each of `chunks`. */
export function letGoAll(chunks: readonly Uint8Array[]): void {
  for (const chunk of chunks) letGo(chunk);
}

/** Whether the buffer is of a pool. */
export function isPooled(buffer: ArrayBufferLike): boolean {
  return LENT.has(buffer);
}
