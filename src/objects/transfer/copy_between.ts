/**
 * A copy from one store to another: through this process, a part at a time.
 *
 * @module
 */
import { type Digester, digester, type PieceDigest } from "./checksum.ts";
import type { Fetchable } from "./download.ts";
import { LEAST_PART, type Part, partSizeFor, USUAL_PART } from "./part_size.ts";
import { put } from "./put.ts";
import { receive } from "./receive.ts";
import { firstPartSize, type StoredObject, storedObject } from "./stored.ts";
import { type PartSource, uploadParts } from "./upload_parts.ts";
import { verifyArrived } from "./verify.ts";
import type { Moved, OnBytes, Work } from "./work.ts";
import type { WireTarget } from "./wire.ts";
import { conditionHeaders, writeHeaders, type WriteOptions } from "./write_options.ts";

/** Parts of the source up to this size, in bytes, become parts of the target. */
const LARGEST_SAME_PART = 64 * 2 ** 20;

/** Copies the object with its properties; what `options` say goes before. */
export async function copyBetween(
  work: Work,
  source: Fetchable,
  target: WireTarget,
  options: WriteOptions,
  onBytes: OnBytes,
): Promise<Moved> {
  const { wire, budget, signal } = work;
  const stored = await storedObject(wire, source.target, signal);
  const exact = { ...source, size: stored.size, etag: source.etag ?? stored.etag };
  // Storage classes have other names elsewhere.
  const { "x-amz-storage-class": _, ...properties } = stored.properties;
  const headers = { ...properties, ...writeHeaders(options) };
  const conditions = conditionHeaders(options);
  const first = await firstPartSize(wire, source.target, stored, work.sizes.part, signal);
  if (stored.size > work.sizes.singleUpTo) {
    const parts = new RemoteSource(work, exact, stored, first);
    return await uploadParts(
      work,
      parts,
      target,
      { create: headers, complete: conditions },
      onBytes,
    );
  }
  return await budget.run(stored.size, signal, async () => {
    const buffer = work.buffers.take(stored.size);
    const bytes = buffer.subarray(0, stored.size);
    const whole = { number: 1, offset: 0, length: stored.size };
    const state = stored.expected?.of === "whole"
      ? await digester(stored.expected.algorithm)
      : undefined;
    await fetchInto(work, exact, whole, bytes, state, signal);
    if (state !== undefined) {
      await verifyArrived({
        ...arrived(exact, stored),
        pieces: [{ digest: await state.digest(), length: stored.size }],
      });
    }
    const sent = await put(wire, { target, bytes, headers: { ...headers, ...conditions } }, signal);
    work.buffers.give(buffer);
    onBytes(stored.size);
    return { size: stored.size, etag: sent.etag, checked: sent.checked };
  });
}

function arrived({ target }: Fetchable, { size, expected }: StoredObject) {
  return { target, size, expected, arePartsKnown: false, file: undefined, usualPart: USUAL_PART };
}

async function fetchInto(
  { wire }: Work,
  { target, size, etag }: Fetchable,
  { offset, length }: Part,
  buffer: Uint8Array,
  state: Digester | undefined,
  signal: AbortSignal,
): Promise<void> {
  let at = 0;
  await receive(wire, { target, size, etag, offset, length }, (bytes) => {
    state?.update(bytes);
    buffer.set(bytes, at);
    at += bytes.byteLength;
  }, signal);
}

/** An object of another store, read part by part. */
class RemoteSource implements PartSource {
  readonly size: number;
  readonly partSize: number;
  readonly identity: readonly unknown[];
  readonly #work: Work;
  readonly #source: Fetchable;
  readonly #stored: StoredObject;
  readonly #arePartsKnown: boolean;

  constructor(
    work: Work,
    source: Fetchable,
    stored: StoredObject,
    first: { readonly partSize: number; readonly isKnown: boolean } | undefined,
  ) {
    const { store, bucket, key, versionId } = source.target;
    this.#work = work;
    this.#source = source;
    this.#stored = stored;
    this.size = stored.size;
    const isSame = first !== undefined &&
      first.partSize >= Math.max(LEAST_PART, stored.size / 10_000) &&
      first.partSize <= LARGEST_SAME_PART;
    this.partSize = isSame ? first.partSize : partSizeFor(stored.size, work.sizes.part);
    this.#arePartsKnown = isSame && first.isKnown;
    this.identity = [
      [store.endpoint?.origin ?? store.region, bucket, key],
      versionId ?? null,
      source.etag ?? null,
      stored.size,
    ];
  }

  async read(part: Part, buffer: Uint8Array, signal: AbortSignal) {
    const { expected } = this.#stored;
    const state = expected === undefined ? undefined : await digester(expected.algorithm);
    await fetchInto(this.#work, this.#source, part, buffer, state, signal);
    const bytes = buffer.subarray(0, part.length);
    return state === undefined ? { bytes } : { bytes, digest: await state.digest() };
  }

  async verify(digests: readonly (PieceDigest | undefined)[]): Promise<void> {
    const pieces = digests.filter((piece) => piece !== undefined);
    if (pieces.length !== digests.length) return;
    await verifyArrived({
      ...arrived(this.#source, this.#stored),
      pieces,
      arePartsKnown: this.#arePartsKnown,
    });
  }
}
