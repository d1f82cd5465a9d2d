/**
 * UNION: a value and the name of the member that it is.
 *
 * @module
 */
import type { Value } from "./types.ts";

/** A value of a UNION type. */
export class UnionValue {
  constructor(readonly tag: string, readonly value: Value) {}

  [Symbol.for("Deno.customInspect")](inspect: (value: unknown) => string): string {
    return `UnionValue ${this.tag}: ${inspect(this.value)}`;
  }
}
