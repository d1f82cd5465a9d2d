/**
 * Replaces a file so that a reader sees the old one or the new one, never a part.
 *
 * @module
 */
import * as fs from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { ConfigurationError } from "../errors.ts";

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permissions of the new file, such as `0o600`. */
  readonly mode: number;
  /** Called with the path of the finished new file before it takes its place; may throw. */
  readonly verify?: (path: string) => Promise<void>;
}

/** Longest chain of symbolic links that is followed. */
const MOST_LINKS = 40;

/** The bytes of a file; undefined when there is none. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new ConfigurationError(`${path} cannot be read`, {
      uri: path,
      hint: "See that it is a file and that you may read it.",
      cause: error,
    });
  }
}

/**
 * Writes `bytes` beside the file and renames: a symbolic link keeps pointing where it did and its
 * target is replaced. Folders that are missing are made with mode 0700.
 *
 * @throws {ConfigurationError} when the folder cannot be written
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions,
): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await linkTarget(path);
    await fs.mkdir(dirname(target), { recursive: true, mode: 0o700 });
    temporary = join(dirname(target), `.dipper-${crypto.randomUUID()}.tmp`);
    const file = await fs.open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.chmod(options.mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await options.verify?.(temporary);
    await fs.rename(temporary, target);
    temporary = undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${path} cannot be written`, {
      uri: path,
      hint: "See that you may write to its folder and that the disk is not full.",
      cause: error,
    });
  } finally {
    if (temporary !== undefined) await fs.rm(temporary, { force: true });
  }
}

/** Permission bits of a file; undefined when there is none. */
export async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await fs.stat(path)).mode & 0o777;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new ConfigurationError(`${path} cannot be read`, { uri: path, cause: error });
  }
}

async function linkTarget(path: string): Promise<string> {
  let current = path;
  for (let count = 0; count < MOST_LINKS; count++) {
    let next: string;
    try {
      next = await fs.readlink(current);
    } catch (error) {
      if (["ENOENT", "EINVAL", "UNKNOWN"].includes(codeOf(error) ?? "")) return current;
      throw error;
    }
    current = isAbsolute(next) ? next : join(await fs.realpath(dirname(current)), next);
  }
  throw new ConfigurationError(`${path} is a circle of symbolic links`, { uri: path });
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
