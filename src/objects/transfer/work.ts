/**
 * What all pieces of a transfer share.
 *
 * @module
 */
import { ServiceError } from "../../errors.ts";
import { formatS3Uri } from "../../store/uri.ts";
import type { Budget } from "./budget.ts";
import type { Buffers } from "./buffers.ts";
import type { Sizes } from "./part_size.ts";
import type { Wire, WireTarget } from "./wire.ts";

/** The means of a transfer. */
export interface Work {
  readonly wire: Wire;
  readonly budget: Budget;
  readonly buffers: Buffers;
  readonly signal: AbortSignal;
  readonly sizes: Sizes;
  /** Folder of what is under way, so that it can go on later; undefined: nothing is kept. */
  readonly stateFolder: string | undefined;
  /** Downloads are on the disk, not only in its cache, before they have their names. */
  readonly isDurable: boolean;
}

/** How a transfer of one object ended. */
export interface Moved {
  /** Bytes of the object. */
  readonly size: number;
  /** Of the object that was written or read, without the quotes. */
  readonly etag: string | undefined;
  /** By which checksum the bytes were held against the service's; undefined: by their number alone. */
  readonly checked: string | undefined;
}

/** Told of bytes that have gone through; negative when they must go again. */
export type OnBytes = (bytes: number) => void;

/** The error of bytes that are not those that the service has. */
export function mismatch(target: WireTarget, algorithm: string, operation: string): ServiceError {
  const { store, bucket, key } = target;
  const uri = formatS3Uri({ bucket, key });
  return new ServiceError(`${uri}: the bytes and the service's ${algorithm} checksum differ`, {
    store: store.name,
    bucket,
    key,
    uri,
    operation,
    status: 500,
    hint: "They were altered on the way, or are damaged where they are stored. Transfer it again.",
  });
}
