/**
 * Large extents become several requests that run side by side. Pure.
 *
 * @module
 */
import { cutExtent, type Extent } from "./range.ts";

/**
 * `extent` in parts of about `partSize` bytes, equal but for the last, which is not larger; a part is at
 * most half as large again as `partSize`, so that no small rest becomes a request of its own.
 */
export function split(extent: Extent, partSize: number): Extent[] {
  const parts = Math.max(1, Math.round(extent.length / partSize));
  return cutExtent(extent, Math.ceil(extent.length / parts));
}
