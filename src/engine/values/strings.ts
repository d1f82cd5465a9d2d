/**
 * Text columns: UTF-8 out of DuckDB's memory, cleaned of registered secrets.
 *
 * @module
 */
import { holdsSecret, redact } from "../../redaction.ts";
import { isValid, type PackedBytes, packStrings, type RawVector, type Validity } from "./vector.ts";

/** A byte order mark at the start of a value is part of the value. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The strings of a vector; null where `validity` has none. */
export function readStrings(
  vector: RawVector,
  count: number,
  validity: Validity,
): (string | null)[] {
  const { bytes, offsets } = packStrings(vector, count, validity);
  const all = decoder.decode(bytes);
  const strings: (string | null)[] = new Array(count);
  if (all.length === bytes.length) {
    for (let row = 0; row < count; row++) strings[row] = all.slice(offsets[row], offsets[row + 1]);
  } else {
    for (let row = 0; row < count; row++) {
      strings[row] = decoder.decode(bytes.subarray(offsets[row], offsets[row + 1]));
    }
  }
  if (validity !== null) {
    for (let row = 0; row < count; row++) if (!isValid(validity, row)) strings[row] = null;
  }
  if (holdsSecret(all)) {
    return strings.map((text) => text === null ? null : redact(text));
  }
  return strings;
}

/** The strings of a vector as UTF-8, laid end to end. */
export function readUtf8(vector: RawVector, count: number, validity: Validity): PackedBytes {
  const packed = packStrings(vector, count, validity);
  if (!holdsSecret(decoder.decode(packed.bytes))) return packed;
  const cleaned: (string | null)[] = [];
  for (let row = 0; row < count; row++) {
    cleaned.push(
      redact(decoder.decode(packed.bytes.subarray(packed.offsets[row], packed.offsets[row + 1]))),
    );
  }
  return packTexts(cleaned);
}

/** Texts as UTF-8, laid end to end; null is empty. */
export function packTexts(texts: readonly (string | null)[]): PackedBytes {
  const pieces = texts.map((text) => encoder.encode(text ?? ""));
  const offsets = new Int32Array(texts.length + 1);
  pieces.forEach((piece, i) => offsets[i + 1] = offsets[i] + piece.length);
  const bytes = new Uint8Array(offsets[texts.length]);
  pieces.forEach((piece, i) => bytes.set(piece, offsets[i]));
  return { bytes, offsets };
}
