/**
 * Errors of the operating system.
 *
 * @module
 */
import { DipperError, PermissionError, ResourceError, UsageError } from "../errors.ts";

/** Whether `error` came from the operating system with this code, such as `ENOSPC`. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}

/** A tagged error for a local file that could not be read or written. */
export function localFileError(error: unknown, verb: "read" | "write", path: string): unknown {
  if (!(error instanceof Error) || error instanceof DipperError) return error;
  const init = { cause: error, uri: path };
  if (error instanceof Deno.errors.NotFound) {
    return verb === "read"
      ? new UsageError(`no such file: ${path}`, init)
      : new UsageError(`no such folder for ${path}`, { ...init, hint: "Make the folder first." });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new PermissionError(`no permission to ${verb} the local file ${path}`, init);
  }
  if (error instanceof Deno.errors.IsADirectory || isErrno(error, "EISDIR")) {
    return new UsageError(`${path} is a folder, not a file`, init);
  }
  if (isErrno(error, "ENOSPC") || isErrno(error, "EDQUOT")) {
    return new ResourceError("disk_full", `the disk is full: could not ${verb} ${path}`, {
      ...init,
      hint: "Free some space, or write somewhere else.",
    });
  }
  return error;
}
