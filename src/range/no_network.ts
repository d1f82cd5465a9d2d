/**
 * The line that is not there: what the cache lacks cannot be had.
 *
 * @module
 */
import { ConnectionError } from "../errors.ts";
import { formatS3Uri } from "../store/uri.ts";
import type { Layer } from "./layer.ts";

/** In place of the layers that send, where no request may be made. */
export const NO_NETWORK: Layer = ({ target: { bucket, key, store } }) =>
  Promise.reject(notInCache({ bucket, key, store: store.name }));

/** An object, or all under a prefix, as it was asked for. */
export interface Asked {
  readonly bucket: string;
  readonly key: string;
  /** Name of the store. */
  readonly store: string;
}

/** What is asked for is not in the cache, and cannot be asked for elsewhere. */
export function notInCache(
  { bucket, key, store }: Asked,
  what: "object" | "listing" = "object",
): ConnectionError {
  const uri = formatS3Uri({ bucket, key });
  const why = what === "object"
    ? "is not, or not whole, in the cache"
    : "was not pulled as a whole";
  return new ConnectionError("network", `${uri} ${why}`, {
    store,
    bucket,
    key,
    uri,
    hint:
      "DIPPER_OFFLINE is on, so nothing is fetched. With a network, `dipper cache pull` brings it.",
  });
}
