/**
 * Which statistics of a column chunk can be relied on.
 *
 * @module
 */
import type { ColumnOrder, RawStatistics } from "./metadata.ts";
import type { LeafNode } from "./schema.ts";

/**
 * The smallest and the largest value that can be relied on, as their bytes.
 *
 * The deprecated fields have an undefined order but for signed numbers; the newer ones have the type's
 * order only where the footer says so.
 */
export function rawBounds(
  { min, max, legacyMin, legacyMax }: RawStatistics,
  { element }: LeafNode,
  order: ColumnOrder | undefined,
): { min: Uint8Array; max: Uint8Array } | undefined {
  const isUnsigned = element.logical?.kind === "integer"
    ? !element.logical.isSigned
    : element.converted?.startsWith("UINT_") === true;
  const isSigned = element.type !== "BYTE_ARRAY" && element.type !== "FIXED_LEN_BYTE_ARRAY" &&
    !isUnsigned;
  if (min !== undefined && max !== undefined) {
    const isOrdered = order === "type" || order === "total" || (order === undefined && isSigned);
    return isOrdered ? { min, max } : undefined;
  }
  if (legacyMin === undefined || legacyMax === undefined || !isSigned) return undefined;
  return { min: legacyMin, max: legacyMax };
}
