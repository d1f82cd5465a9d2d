/**
 * Errors of the operating system about local files, with their tags.
 *
 * @module
 */
import {
  DipperError,
  NotFoundError,
  PermissionError,
  ResourceError,
  UsageError,
} from "../../errors.ts";

/** A tagged error for what went wrong with the file at `path`; other errors as they are. */
export function localFailure(error: unknown, verb: "read" | "write", path: string): unknown {
  if (!(error instanceof Error) || error instanceof DipperError) return error;
  const init = { cause: error, uri: path };
  const code = (error as { code?: unknown }).code;
  if (error instanceof Deno.errors.NotFound) {
    return verb === "read"
      ? new NotFoundError("key", `there is no file ${path}`, init)
      : new UsageError(`there is no folder for ${path}`, init);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new PermissionError(`no permission to ${verb} the local file ${path}`, {
      ...init,
      hint: "See who owns it and its folder: ls -ld.",
    });
  }
  if (error instanceof Deno.errors.IsADirectory || code === "EISDIR" || code === "ENOTEMPTY") {
    return new UsageError(`${path} is a folder, not a file`, {
      ...init,
      hint: "Use --recursive for what is in it.",
    });
  }
  if (error instanceof Deno.errors.NotADirectory || code === "ENOTDIR") {
    return new UsageError(`${path} would have to be inside a file`, {
      ...init,
      hint: "The bucket has both an object and objects under its name and a slash. " +
        "Transfer them into different folders.",
    });
  }
  if (code === "ENAMETOOLONG") {
    return new UsageError(`${path} is longer than a path can be`, {
      ...init,
      hint: "Transfer into a folder with a shorter path.",
    });
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ResourceError("disk_full", `the disk is full: could not ${verb} ${path}`, {
      ...init,
      hint: "Free some space, or write somewhere else.",
    });
  }
  return error;
}
