/**
 * BIT: a string of zeros and ones of any length.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** A bit string: `new Bit("0101")`. */
export class Bit {
  /** Zeros and ones, leftmost first. */
  readonly bits: string;

  /** @throws {UsageError} when `bits` is empty or has any other character */
  constructor(bits: string) {
    if (!/^[01]+$/.test(bits)) throw new UsageError("a bit string has zeros and ones only");
    this.bits = bits;
  }

  /** From DuckDB's storage: a byte with the count of padding bits, then the bits, padding first. */
  static fromStorage(bytes: Uint8Array): Bit {
    let bits = "";
    for (const byte of bytes.subarray(1)) bits += byte.toString(2).padStart(8, "0");
    return new Bit(bits.slice(bytes[0]));
  }

  /** Number of bits. */
  get length(): number {
    return this.bits.length;
  }

  toJSON(): string {
    return this.bits;
  }

  /** DuckDB's text. */
  toString(): string {
    return this.bits;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `Bit ${this.bits}`;
  }
}
