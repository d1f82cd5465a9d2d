/**
 * SHA-256 and HMAC of short texts, as signatures need them.
 *
 * In one call each: `createHash` and `createHmac` make streams first. Measured on this project's reference
 * machine for 300 bytes, the first 200 calls and later ones: `createHash` 36 and 2 µs, `createHmac` 24 and
 * 6 µs, `hash` 2 and 1.5 µs.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104 HMAC
 * @module
 */
import { hash } from "node:crypto";

/** Bytes that SHA-256 takes at once. */
const BLOCK = 64;

const encoder = new TextEncoder();

/** A key as HMAC uses it: one block for its inner and one for its outer hash. */
interface Pads {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const padsOf = new WeakMap<Uint8Array, Pads>();

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** HMAC-SHA-256 of `text`. A key that is used again should be the same object. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  return hash("sha256", beforeLast(key, text), "buffer");
}

/** The same in hexadecimal. */
export function hmacText(key: Uint8Array, text: string): string {
  return hash("sha256", beforeLast(key, text), "hex");
}

/** SHA-256 of no bytes, in hexadecimal. */
export const EMPTY_HASH: string = sha256("");

/** What the outer hash is taken of. */
function beforeLast(key: Uint8Array, text: string): Uint8Array {
  let pads = padsOf.get(key);
  if (pads === undefined) padsOf.set(key, pads = makePads(key));
  const message = encoder.encode(text);
  return joined(pads.outer, hash("sha256", joined(pads.inner, message), "buffer"));
}

function makePads(key: Uint8Array): Pads {
  const short = key.length > BLOCK ? hash("sha256", key, "buffer") : key;
  const pad = (value: number) => {
    const block = new Uint8Array(BLOCK).fill(value);
    short.forEach((byte, index) => block[index] ^= byte);
    return block;
  };
  return { inner: pad(0x36), outer: pad(0x5c) };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
