/**
 * What statistics say about the values of a column chunk or a page.
 *
 * @module
 */
import type { Key } from "../keys.ts";
import { domainOf } from "../literal.ts";
import { unscaledAt } from "../values.ts";
import type { LeafType } from "./arrow_type.ts";
import { type ColumnOrder, DamagedError, type RawStatistics } from "./metadata.ts";
import { rawBounds } from "./raw_bounds.ts";
import type { LeafNode } from "./schema.ts";
import { convert, type FixedValues, packedValues, settled } from "./values.ts";
import { decodePlain } from "./encoding.ts";
import type { Bounds } from "../prune.ts";

/**
 * The bounds of the values. Bounds may be wider than the values (texts are cut by writers), never
 * narrower; what cannot be relied on is left out.
 *
 * @param rows of the chunk or page
 * @param order what the footer says of the column's order
 */
export function boundsOf(
  statistics: RawStatistics | undefined,
  rows: number,
  node: LeafNode,
  type: LeafType,
  order: ColumnOrder | undefined,
): Bounds {
  const domain = domainOf(type.arrow, type.metadata?.get("ARROW:extension:name"));
  const nulls = statistics?.nullCount ?? (node.nullable ? undefined : 0);
  const unknown: Bounds = { rows, nulls, min: undefined, max: undefined, mayBeNaN: true };
  const isOrdered = domain !== "none" && type.conversion !== "int96" &&
    !type.conversion.startsWith("time_tz");
  if (statistics === undefined || !isOrdered) return unknown;
  const raw = rawBounds(statistics, node, order);
  if (raw === undefined) return unknown;
  const min = keyOf(raw.min, node, type);
  const max = keyOf(raw.max, node, type);
  if (min === undefined || max === undefined) return unknown;
  if (Number.isNaN(min) || Number.isNaN(max)) return unknown;
  // Writers disagree on which zero is below the other; here they are equal.
  const mayBeNaN = domain === "float" && statistics.nanCount !== 0;
  return { rows, nulls, min, max, mayBeNaN };
}

/** One value in PLAIN, but texts without their length. */
function keyOf(bytes: Uint8Array, node: LeafNode, type: LeafType): Key | undefined {
  const { element } = node;
  const isBytes = element.type === "BYTE_ARRAY" || element.type === "FIXED_LEN_BYTE_ARRAY";
  if (isBytes && type.conversion === "same") return bytes;
  try {
    const stored = element.type === "BYTE_ARRAY"
      ? packedValues(bytes, Int32Array.of(0, bytes.length))
      : decodePlain(bytes, 1, { type: element.type!, typeLength: element.typeLength });
    const { data, stride } = settled(convert(stored, type)) as FixedValues;
    return type.conversion === "decimal" ? unscaledAt(data as Uint32Array, 0, stride) : data[0];
  } catch (error) {
    // Statistics that cannot be read prune nothing.
    if (error instanceof DamagedError) return undefined;
    throw error;
  }
}
