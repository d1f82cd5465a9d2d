/**
 * UUIDs as DuckDB stores them: 128 bits, the highest inverted so that they sort as signed numbers.
 *
 * @module
 */

/** `878049c9-0768-476f-89f1-421218581fcd`. */
export function uuidText(low: bigint, high: bigint): string {
  const top = BigInt.asUintN(64, high ^ (1n << 63n)).toString(16).padStart(16, "0");
  const bottom = low.toString(16).padStart(16, "0");
  return `${top.slice(0, 8)}-${top.slice(8, 12)}-${top.slice(12)}-${bottom.slice(0, 4)}-${
    bottom.slice(4)
  }`;
}
