/**
 * How large the parts of a transfer are.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html limits of multipart uploads
 * @module
 */
import { UsageError } from "../../errors.ts";

const MIB = 2 ** 20;

/** Parts of an upload at most; the protocol's own bound. */
export const MOST_PARTS = 10_000;

/** Bytes of a part at least, the last one aside; the protocol's own bound. */
export const LEAST_PART = 5 * MIB;

/** Bytes of an object at most; the protocol's own bound. */
export const LARGEST_OBJECT = 5 * 2 ** 40;

/** Bytes of a part where nothing asks for larger ones. */
export const USUAL_PART = 8 * MIB;

/** Objects up to this size, in bytes, travel in one piece. */
export const SINGLE_UP_TO = 16 * MIB;

/**
 * Bytes of each part of an object of `size` bytes: 8 MiB, or as many whole MiB as 10,000 parts need.
 *
 * @throws {UsageError} when no S3 service can hold an object of that size
 */
export function partSizeFor(size: number, usual: number = USUAL_PART): number {
  if (size > LARGEST_OBJECT) {
    throw new UsageError(`${size} bytes are more than an object can have (5 TiB)`, {
      hint: "Split it into several objects.",
    });
  }
  if (size <= usual * MOST_PARTS) return usual;
  return Math.max(usual, Math.ceil(size / MOST_PARTS / MIB) * MIB);
}

/**
 * Bytes of part `number` (from 1) of an object whose size is not known: they grow, so that a short
 * stream has small parts (64 MiB at most in the first 120 GB) and 10,000 parts reach 5 TiB.
 */
export function growingPartSize(number: number): number {
  return USUAL_PART * 2 ** Math.floor((number - 1) / 1000);
}

/** From when on objects travel in parts, and in which. */
export interface Sizes {
  /** Bytes up to which they travel in one piece. */
  readonly singleUpTo: number;
  /** Bytes of a part, where 10,000 of them are enough. */
  readonly part: number;
}

/** What suits services and lines. */
export const DEFAULT_SIZES: Sizes = { singleUpTo: SINGLE_UP_TO, part: USUAL_PART };

/** A part: `number` counts from 1. */
export interface Part {
  readonly number: number;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The parts of an object, in order; one without bytes for an empty object. */
export function partsOf(size: number, partSize: number): Part[] {
  const count = Math.max(1, Math.ceil(size / partSize));
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    offset: index * partSize,
    length: Math.min(partSize, size - index * partSize),
  }));
}
