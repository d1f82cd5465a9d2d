/**
 * What a damaged file throws, as the error that a person gets.
 *
 * @module
 */
import { DipperError, UnreadableFileError } from "../../errors.ts";

/** Where the damage is. */
export interface DamagePlace {
  readonly uri: string;
  /** Where what could not be read starts. */
  readonly byteOffset: number;
  /** What could not be read, such as `the footer`. */
  readonly what: string;
}

/**
 * The {@link UnreadableFileError} for anything that decoding threw. Decoders are run over bytes that
 * anybody may have written, so whatever a decoder throws is about the file.
 */
export function damaged(error: unknown, { uri, byteOffset, what }: DamagePlace): DipperError {
  if (error instanceof DipperError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new UnreadableFileError(`${uri} is damaged: ${what}: ${why}`, {
    uri,
    byteOffset,
    cause: error,
    hint: "Fetch or write it again. If other tools read it, please report it.",
  });
}
